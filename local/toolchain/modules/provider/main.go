// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider, built from its module.
//
// The provider's own main package embeds two files that its release generates and the module does not carry. This one
// embeds what they are generated from: the build copies both out of the module beside this file, see `embeds` in
// ../../tools.ts. They are never committed.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}

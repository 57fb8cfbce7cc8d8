// Modules that only custom resource definitions are taken from: nothing of them is compiled.
module llmd.local/toolchain/manifests

go 1.25.0

require (
	github.com/operator-framework/api v0.33.0
	sigs.k8s.io/node-feature-discovery v0.18.2
)

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Spec says everything about one pod; the node agent writes it.
type Spec struct {
	// Parent is the process whose death ends the pod, the caller.
	Parent   int     `json:"parent"`
	Hostname string  `json:"hostname"`
	Network  Network `json:"network"`
	// Sysctls are namespaced network settings by their dotted name.
	Sysctls map[string]string `json:"sysctls"`
	// Root is an empty folder to build the pod's file system on.
	Root string `json:"root"`
	// ReadOnlyRoot makes everything but the mounts unwritable.
	ReadOnlyRoot bool `json:"readOnlyRoot"`
	// Hosts and ResolvConf are files of the host that appear as /etc/hosts and /etc/resolv.conf; they may be empty.
	Hosts      string `json:"hosts"`
	ResolvConf string `json:"resolvConf"`
	// Files are the image's own files, read-only.
	Files []Mount `json:"files"`
	// Mounts are the pod's volumes.
	Mounts []Mount `json:"mounts"`
	UID    int     `json:"uid"`
	GID    int     `json:"gid"`
	Groups []int   `json:"groups"`
	// Capabilities that may be had at most, by name without CAP_.
	Capabilities    []string `json:"capabilities"`
	NoNewPrivileges bool     `json:"noNewPrivileges"`
	WorkingDir      string   `json:"workingDir"`
	Arguments       []string `json:"arguments"`
	Environment     []string `json:"environment"`
}

// Network is how the pod is connected.
type Network struct {
	// Join is the pod-sandbox process of the pod's pause, whose network this container shares; all else here is the
	// pause's then. 0 makes a network.
	Join   int    `json:"join"`
	Bridge string `json:"bridge"`
	// Interface is the name of the host's end of the pod's cable.
	Interface string `json:"interface"`
	// Address of the pod with the length of the pods' prefix.
	Address string `json:"address"`
	// Gateway is the host's address on the bridge.
	Gateway string `json:"gateway"`
}

// Mount puts a file or folder of the host at a path of the pod.
type Mount struct {
	Path     string `json:"path"`
	Source   string `json:"source"`
	ReadOnly bool   `json:"readOnly"`
}

func readSpec(source string) (*Spec, error) {
	input := io.Reader(os.Stdin)
	if source != "-" {
		file, err := os.Open(source)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		input = file
	}
	return decodeSpec(input)
}

func decodeSpec(input io.Reader) (*Spec, error) {
	decoder := json.NewDecoder(input)
	decoder.DisallowUnknownFields()
	spec := &Spec{}
	if err := decoder.Decode(spec); err != nil {
		return nil, fmt.Errorf("specification: %w", err)
	}
	return spec, spec.validate()
}

func (s *Spec) validate() error {
	var problems []error
	if len(s.Arguments) == 0 {
		problems = append(problems, errors.New("arguments: nothing to run"))
	}
	if !filepath.IsAbs(s.Root) {
		problems = append(problems, fmt.Errorf("root: %q is not absolute", s.Root))
	}
	if s.Network.Join < 0 {
		problems = append(problems, errors.New("network: join is no process"))
	}
	if s.UID < 0 || s.GID < 0 {
		problems = append(problems, errors.New("uid and gid cannot be negative"))
	}
	for name := range s.Sysctls {
		// Only those of the network namespace: any other would be set for the whole machine.
		if !strings.HasPrefix(name, "net.") || strings.Contains(name, "/") {
			problems = append(problems, fmt.Errorf("sysctls: %s does not belong to a pod", name))
		}
	}
	for _, mount := range append(append([]Mount{}, s.Files...), s.Mounts...) {
		if !filepath.IsAbs(mount.Path) || filepath.Clean(mount.Path) == "/" || !filepath.IsAbs(mount.Source) {
			problems = append(problems, fmt.Errorf("mount %q from %q: both must be absolute and not the root", mount.Path, mount.Source))
		}
	}
	for _, name := range s.Capabilities {
		if _, known := capabilityNumbers[name]; !known {
			problems = append(problems, fmt.Errorf("capabilities: no such capability %s", name))
		}
	}
	return errors.Join(problems...)
}

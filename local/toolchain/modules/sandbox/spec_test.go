package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSpecIsRefusedWithEveryProblem(t *testing.T) {
	_, err := decodeSpec(strings.NewReader(`{
		"root": "relative", "uid": -1, "capabilities": ["CAP_CHOWN"], "sysctls": {"kernel.shmmax": "1"},
		"mounts": [{"path": "/", "source": "/tmp"}], "files": [{"path": "usr/bin/x", "source": "/x"}]
	}`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, expected := range []string{
		"nothing to run", `"relative" is not absolute`, "cannot be negative", "no such capability CAP_CHOWN",
		"kernel.shmmax does not belong to a pod", `mount "/" from "/tmp"`, `mount "usr/bin/x" from "/x"`,
	} {
		if !strings.Contains(err.Error(), expected) {
			t.Errorf("%q is missing in: %v", expected, err)
		}
	}
}

func TestSpecWithUnknownFieldIsRefused(t *testing.T) {
	if _, err := decodeSpec(strings.NewReader(`{"root": "/r", "arguments": ["x"], "privileged": true}`)); err == nil {
		t.Fatal("accepted")
	}
}

func TestMirroredLinksStayInsideTheRoot(t *testing.T) {
	root, host := t.TempDir(), t.TempDir()
	source := filepath.Join(host, "lib")
	if err := os.Symlink(filepath.Join(host, "usr/lib"), source); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, host), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := mirror(root, source); err != nil {
		t.Fatal(err)
	}
	target, err := os.Readlink(filepath.Join(root, source))
	if err != nil || target != "usr/lib" {
		t.Fatalf("link to %q (%v), want usr/lib", target, err)
	}
}

func TestHardwareAddressFollowsTheAddress(t *testing.T) {
	if got := hardwareAddress([]byte{10, 244, 1, 2}).String(); got != "0a:58:0a:f4:01:02" {
		t.Fatal(got)
	}
}

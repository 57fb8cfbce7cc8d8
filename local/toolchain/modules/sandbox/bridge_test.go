package main

import (
	"errors"
	"runtime"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
)

// ownNetwork gives the test a network of its own, which ends with the thread that runs it.
func ownNetwork(t *testing.T) {
	t.Helper()
	// Never unlocked: a thread in another network must not run anything else.
	runtime.LockOSThread()
	err := syscall.Unshare(syscall.CLONE_NEWNET)
	if errors.Is(err, syscall.EPERM) {
		t.Skip("a network of its own takes CAP_SYS_ADMIN")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestBridgeTakesItsCablesWithIt(t *testing.T) {
	ownNetwork(t)
	if err := bridgeUp("llmd0", "10.244.0.1/16", ""); err != nil {
		t.Fatal(err)
	}
	bridge, err := netlink.LinkByName("llmd0")
	if err != nil {
		t.Fatal(err)
	}
	// One on the bridge, and one that is none of ours.
	for name, master := range map[string]int{"llmpours": bridge.Attrs().Index, "theirs": 0} {
		cable := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name, MasterIndex: master}, PeerName: name + "-far"}
		if err := netlink.LinkAdd(cable); err != nil {
			t.Fatal(err)
		}
	}

	if err := bridgeDown("llmd0"); err != nil {
		t.Fatal(err)
	}

	for name, expected := range map[string]bool{"llmd0": false, "llmpours": false, "llmpours-far": false, "theirs": true} {
		if _, err := netlink.LinkByName(name); (err == nil) != expected {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := bridgeDown("llmd0"); err != nil {
		t.Errorf("once more: %v", err)
	}
}

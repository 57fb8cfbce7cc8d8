package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const pauseVerb = "pause"

// Most of the time that a pause may take until its network is there.
const networkTimeout = 10 * time.Second

// pause holds the network of a pod of several containers, each of which may end and start again.
func pause() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
}

// joinNetwork takes this thread into the network of the pod that another pod-sandbox process runs.
func joinNetwork(sandbox int) error {
	pod, err := onlyChild(sandbox)
	if err != nil {
		return fmt.Errorf("the pod's network: %w", err)
	}
	namespace, err := os.Open(filepath.Join("/proc", strconv.Itoa(pod), "ns/net"))
	if err != nil {
		return fmt.Errorf("the pod's network: %w", err)
	}
	defer namespace.Close()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("join the pod's network: %w", err)
	}
	return nil
}

// onlyChild waits for the process that a pod-sandbox process starts, and returns its number. Any of the parent's threads
// may have started it.
func onlyChild(parent int) (int, error) {
	deadline := time.Now().Add(networkTimeout)
	for {
		threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(parent), "task/*/children"))
		if err != nil || len(threads) == 0 {
			return 0, fmt.Errorf("process %d is gone", parent)
		}
		for _, thread := range threads {
			content, err := os.ReadFile(thread)
			if err != nil {
				continue
			}
			if children := strings.Fields(string(content)); len(children) > 0 {
				return strconv.Atoi(children[0])
			}
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("process %d has started none", parent)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// waitForNetwork returns when the default route is there, the last that configureNetwork makes.
func waitForNetwork() error {
	deadline := time.Now().Add(networkTimeout)
	for {
		routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
		if err != nil {
			return fmt.Errorf("list routes: %w", err)
		}
		for _, route := range routes {
			if route.Gw != nil {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return errors.New("the pod's network has no route")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

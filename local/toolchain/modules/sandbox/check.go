package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	listenVerb  = "check-listen"
	connectVerb = "check-connect"
)

// A link-local range: nothing routes it, so a trial in it cannot get in anybody's way.
const (
	checkBridge   = "llmd-check"
	checkHost     = "169.254.213.1"
	checkListener = "169.254.213.2"
	checkCaller   = "169.254.213.3"
	checkPort     = "7"
	checkTimeout  = 10 * time.Second
)

// check runs two pods on a bridge of their own and has them talk to each other and to the host: what is tried here is
// all that the embedded environment will ask for.
func check() (err error) {
	defer func() { err = explain(err) }()
	alone, err := oneAtATime()
	if err != nil {
		return err
	}
	defer alone.Close()
	root, err := os.MkdirTemp("", "pod-sandbox-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := bridgeDown(checkBridge); err != nil {
		return err
	}
	if err := bridgeUp(checkBridge, checkHost+"/24", ""); err != nil {
		return err
	}
	defer func() {
		// The listener is killed with this process; its cable would outlive both for a moment.
		err = errors.Join(err, unplug(checkInterface(checkListener)), unplug(checkInterface(checkCaller)), bridgeDown(checkBridge))
	}()
	listener, err := net.Listen("tcp4", net.JoinHostPort(checkHost, "0"))
	if err != nil {
		return fmt.Errorf("listen on the bridge: %w", err)
	}
	defer listener.Close()
	pod, err := checkPod(root, checkListener, listenVerb)
	if err != nil {
		return err
	}
	go func() { _, _ = runPod(pod) }()
	if err := dial(net.JoinHostPort(checkListener, checkPort)); err != nil {
		return fmt.Errorf("the host cannot reach a pod (a firewall on this machine?): %w", err)
	}
	caller, err := checkPod(root, checkCaller, connectVerb, net.JoinHostPort(checkListener, checkPort), listener.Addr().String())
	if err != nil {
		return err
	}
	code, err := runPod(caller)
	if err == nil && code != 0 {
		err = errors.New("a pod cannot reach another pod or the host (see above)")
	}
	return err
}

// oneAtATime waits until no other check is under way: they all use the same bridge. The lock is on the program's own file,
// so that none is left behind, and is given back when the file is closed.
func oneAtATime() (*os.File, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(self)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func checkPod(root, address string, command ...string) (*Spec, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &Spec{
		Hostname:  "check",
		Root:      root,
		Network:   Network{Bridge: checkBridge, Interface: checkInterface(address), Address: address + "/24", Gateway: checkHost},
		Sysctls:   map[string]string{"net.ipv4.ip_unprivileged_port_start": "0"},
		Files:     []Mount{{Path: "/usr/local/bin/pod-sandbox", Source: self}},
		UID:       65534,
		GID:       65534,
		Arguments: append([]string{"/usr/local/bin/pod-sandbox"}, command...),
	}, nil
}

func checkInterface(address string) string {
	return "llmdchk" + address[strings.LastIndex(address, ".")+1:]
}

func dial(address string) error {
	deadline := time.Now().Add(checkTimeout)
	for {
		connection, err := net.DialTimeout("tcp4", address, checkTimeout)
		if err == nil {
			return connection.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func listenForCheck() error {
	listener, err := net.Listen("tcp4", ":"+checkPort)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		connection.Close()
	}
}

func connectForCheck(addresses []string) error {
	for _, address := range addresses {
		if err := dial(address); err != nil {
			return fmt.Errorf("%w (Docker's firewall rules drop what crosses a bridge: "+
				"sysctl -w net.bridge.bridge-nf-call-iptables=0, or accept it in the DOCKER-USER chain)", err)
		}
	}
	return nil
}

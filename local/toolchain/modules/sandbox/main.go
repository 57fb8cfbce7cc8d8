// Command pod-sandbox starts the pods of the embedded environment as processes, each in network, mount, PID, UTS and
// IPC namespaces of its own, and makes the bridge that joins them. It is what the container runtime and the CNI plugin
// are on a cluster, reduced to programs that are already on this machine.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
)

const usage = `pod-sandbox runs pods of the embedded environment in namespaces of their own.

  pod-sandbox bridge up --name NAME --address CIDR [--service CIDR]   make the bridge that pods are attached to
  pod-sandbox bridge down --name NAME                                 remove it
  pod-sandbox check                                                   try everything out, leave nothing behind
  pod-sandbox run --spec FILE                                         run one pod ("-": specification on standard input)
  pod-sandbox pause                                                   keep a pod's network while its containers come and go
  pod-sandbox run --host [--parent PID] -- COMMAND [ARGUMENT...]      run on the host, killed when the caller dies
`

// setupFailed is the exit code of a pod whose sandbox could not be made; its program was not started.
const setupFailed = 125

// The death signal, the namespaces and the capabilities belong to a thread: everything happens on the main one.
func init() { runtime.LockOSThread() }

func main() {
	code, err := dispatch(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "pod-sandbox:", err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

func dispatch(arguments []string) (int, error) {
	verb := ""
	if len(arguments) > 0 {
		verb = arguments[0]
	}
	switch verb {
	case "bridge":
		return 0, bridgeCommand(arguments[1:])
	case "check":
		return 0, check()
	case "run":
		return runCommand(arguments[1:])
	case pauseVerb:
		pause()
		return 0, nil
	case initVerb:
		return setupFailed, enterSandbox()
	case listenVerb:
		return 0, listenForCheck()
	case connectVerb:
		return 0, connectForCheck(arguments[1:])
	}
	return 2, errors.New("no such command\n\n" + usage)
}

func bridgeCommand(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("bridge: say up or down")
	}
	flags := flag.NewFlagSet("bridge "+arguments[0], flag.ContinueOnError)
	name := flags.String("name", "", "name of the bridge, at most 15 characters")
	address := flags.String("address", "", "address of the host on the bridge with the length of the pods' prefix, e.g. 10.244.0.1/16")
	service := flags.String("service", "", "address of the API server's Service, e.g. 10.96.0.1/32")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	if *name == "" || len(*name) > syscall.IFNAMSIZ-1 {
		return errors.New("bridge: --name needs 1 to 15 characters")
	}
	switch arguments[0] {
	case "up":
		if *address == "" {
			return errors.New("bridge up: --address is missing")
		}
		return explain(bridgeUp(*name, *address, *service))
	case "down":
		return explain(bridgeDown(*name))
	}
	return fmt.Errorf("bridge: no such command %q", arguments[0])
}

// explain adds to a refusal of the kernel what the caller can do about it.
func explain(err error) error {
	if err == nil || !(errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)) {
		return err
	}
	return fmt.Errorf(strings.TrimSpace(`
%w
this needs the capabilities NET_ADMIN and SYS_ADMIN, which this process does not have. Grant them:
  on a machine           run the command as root (sudo)
  in a Docker container  docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN --security-opt apparmor=unconfined --security-opt seccomp=unconfined ... (or --privileged)`), err)
}

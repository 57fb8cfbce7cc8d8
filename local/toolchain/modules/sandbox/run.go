package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

const initVerb = "sandbox-init"

// The first file after the standard ones: the pod's first process reads its specification there, and sees by its end
// that the process that made it is gone.
const specDescriptor = 3

func runCommand(arguments []string) (int, error) {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	source := flags.String("spec", "", `file with the pod's specification, "-" for standard input`)
	host := flags.Bool("host", false, "run the command that follows on the host")
	parent := flags.Int("parent", 0, "the caller's process id, 0 for whoever it is")
	if err := flags.Parse(arguments); err != nil {
		return 2, err
	}
	if *host {
		return setupFailed, runOnHost(*parent, flags.Args())
	}
	if *source == "" {
		return 2, errors.New("run: --spec is missing")
	}
	spec, err := readSpec(*source)
	if err != nil {
		return setupFailed, err
	}
	if err := dieWith(spec.Parent); err != nil {
		return setupFailed, err
	}
	code, err := runPod(spec)
	return code, explain(err)
}

// runOnHost replaces this process by the command, which dies with its parent.
func runOnHost(parent int, command []string) error {
	if len(command) == 0 {
		return errors.New("run --host: no command")
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	if err := dieWith(parent); err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, command, os.Environ()))
}

// dieWith has the kernel kill this process when its parent dies, however that happens.
func dieWith(parent int) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("set the death signal: %w", err)
	}
	if parent != 0 && os.Getppid() != parent {
		return errors.New("the caller is gone")
	}
	return nil
}

// runPod starts the pod's first process, connects it, hands it the specification and stays to pass on signals.
// The pod's first process is process 1 of its PID namespace: when it ends the kernel ends all others of the pod.
func runPod(spec *Spec) (int, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return setupFailed, err
	}
	self, err := os.Executable()
	if err != nil {
		return setupFailed, err
	}
	command := exec.Command(self, initVerb)
	command.Env = []string{}
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.ExtraFiles = []*os.File{reader}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true,
	}
	if join := spec.Network.Join; join != 0 {
		// The pod's first process is made by this thread and so in this thread's network.
		if err := joinNetwork(join); err != nil {
			return setupFailed, err
		}
		command.SysProcAttr.Cloneflags &^= unix.CLONE_NEWNET
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	if err := command.Start(); err != nil {
		return setupFailed, fmt.Errorf("make namespaces: %w", err)
	}
	reader.Close()
	if spec.Network.Join == 0 {
		err = attach(spec.Network, command.Process.Pid)
	}
	if err == nil {
		err = json.NewEncoder(writer).Encode(spec)
	}
	if err != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
		return setupFailed, err
	}
	go func() {
		for received := range signals {
			_ = command.Process.Signal(received)
		}
	}()
	err = command.Wait()
	writer.Close()
	var exit *exec.ExitError
	if err == nil {
		return 0, nil
	}
	if !errors.As(err, &exit) {
		return setupFailed, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}

// enterSandbox is the pod's first process before it becomes the pod's program. It returns only if that fails.
func enterSandbox() error {
	unix.CloseOnExec(specDescriptor)
	spec, err := decodeSpec(os.NewFile(specDescriptor, "specification"))
	if err != nil {
		return err
	}
	if spec.Network.Join != 0 {
		err = waitForNetwork()
	} else {
		err = configureNetwork(spec.Network)
	}
	if err != nil {
		return err
	}
	if err := setSysctls(spec.Sysctls); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
		return fmt.Errorf("hostname: %w", err)
	}
	if err := buildRoot(spec); err != nil {
		return err
	}
	if err := dropPrivileges(spec); err != nil {
		return err
	}
	// Changing the user clears the death signal, so it is set once more; the parent may have died in between.
	if err := dieWith(0); err != nil {
		return err
	}
	if parentGone() {
		return errors.New("the caller is gone")
	}
	workingDir := spec.WorkingDir
	if workingDir == "" {
		workingDir = "/"
	}
	if err := os.Chdir(workingDir); err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	os.Clearenv()
	for _, entry := range spec.Environment {
		if name, value, found := cutVariable(entry); found {
			_ = os.Setenv(name, value)
		}
	}
	path, err := exec.LookPath(spec.Arguments[0])
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, spec.Arguments, spec.Environment))
}

func parentGone() bool {
	descriptors := []unix.PollFd{{Fd: specDescriptor, Events: unix.POLLIN}}
	_, err := unix.Poll(descriptors, 0)
	return err == nil && descriptors[0].Revents&unix.POLLHUP != 0
}

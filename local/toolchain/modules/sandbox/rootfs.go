package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// Folders of the host that programs need to run at all: libraries, the dynamic loader, a shell.
var hostFolders = []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}

// Files of the host's /etc that are of use to any program and tell nothing about the host's configuration.
var hostFiles = []string{"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/share/ca-certificates", "/etc/ld.so.cache", "/etc/localtime", "/etc/protocols", "/etc/services"}

var devices = []string{"null", "zero", "full", "random", "urandom"}

// buildRoot makes the pod's file system on a tmpfs and moves into it. Nothing of it is seen outside the namespace.
func buildRoot(spec *Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	root := filepath.Clean(spec.Root)
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	for _, step := range []func(root string, spec *Spec) error{mountHost, writeEtc, mountKernel, mountImage, mountVolumes, pivot} {
		if err := step(root, spec); err != nil {
			return err
		}
	}
	return nil
}

func mountHost(root string, _ *Spec) error {
	for _, folder := range []string{"proc", "sys", "dev", "etc", "run", "var/run", "var/tmp", "var/lib", "home", "root", "opt", "usr/local/bin", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			return err
		}
	}
	for _, folder := range []string{"tmp", "var/tmp"} {
		if err := os.Chmod(filepath.Join(root, folder), 0o777|os.ModeSticky); err != nil {
			return err
		}
	}
	sources := hostFolders
	entries, err := os.ReadDir("/usr")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// What is installed by hand on the host stays out; an image's own programs go there.
		if entry.Name() != "local" {
			sources = append(sources, filepath.Join("/usr", entry.Name()))
		}
	}
	for _, source := range sources {
		if err := mirror(root, source); err != nil {
			return err
		}
	}
	return nil
}

// mirror shows a folder of the host, a link as a link.
func mirror(root, source string) error {
	information, err := os.Lstat(source)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if information.Mode()&os.ModeSymlink == 0 {
		return bind(source, filepath.Join(root, source), true)
	}
	target, err := os.Readlink(source)
	if err != nil {
		return err
	}
	if filepath.IsAbs(target) {
		// Relative, or it would lead out of the root while that is being built.
		if target, err = filepath.Rel(filepath.Dir(source), target); err != nil {
			return err
		}
	}
	return os.Symlink(target, filepath.Join(root, source))
}

func writeEtc(root string, spec *Spec) error {
	files := map[string]string{
		"passwd":        fmt.Sprintf("root:x:0:0:root:/root:/usr/sbin/nologin\n%s", userLine(spec)),
		"group":         fmt.Sprintf("root:x:0:\n%s", groupLine(spec)),
		"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
		"hostname":      spec.Hostname + "\n",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	for target, source := range map[string]string{"/etc/hosts": spec.Hosts, "/etc/resolv.conf": spec.ResolvConf} {
		if source == "" {
			continue
		}
		if err := bind(source, filepath.Join(root, target), true); err != nil {
			return err
		}
	}
	for _, source := range hostFiles {
		target := filepath.Join(root, source)
		if _, err := os.Stat(target); err == nil {
			continue
		}
		if actual, err := filepath.EvalSymlinks(source); err == nil {
			if err := bind(actual, target, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func userLine(spec *Spec) string {
	if spec.UID == 0 {
		return ""
	}
	return fmt.Sprintf("pod:x:%d:%d:pod:/:/usr/sbin/nologin\n", spec.UID, spec.GID)
}

func groupLine(spec *Spec) string {
	if spec.GID == 0 {
		return ""
	}
	return fmt.Sprintf("pod:x:%d:\n", spec.GID)
}

func mountKernel(root string, _ *Spec) error {
	if err := unix.Mount("proc", filepath.Join(root, "proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	// The pod's own settings are made already; the machine's others must not be within its reach.
	if err := bind(filepath.Join(root, "proc/sys"), filepath.Join(root, "proc/sys"), true); err != nil {
		return err
	}
	if err := unix.Mount("sysfs", filepath.Join(root, "sys"), "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	for _, device := range devices {
		if err := bind("/dev/"+device, filepath.Join(root, "dev", device), false); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(target, filepath.Join(root, "dev", name)); err != nil {
			return err
		}
	}
	shared := filepath.Join(root, "dev/shm")
	if err := os.Mkdir(shared, 0o777); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", shared, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777,size=64m"); err != nil {
		return fmt.Errorf("mount /dev/shm: %w", err)
	}
	return nil
}

func mountImage(root string, spec *Spec) error {
	for _, file := range spec.Files {
		if err := bind(file.Source, filepath.Join(root, file.Path), true); err != nil {
			return err
		}
	}
	return nil
}

func mountVolumes(root string, spec *Spec) error {
	mounts := append([]Mount{}, spec.Mounts...)
	// A volume inside another one's folder has to come after it.
	sort.SliceStable(mounts, func(i, j int) bool { return depth(mounts[i].Path) < depth(mounts[j].Path) })
	for _, mount := range mounts {
		if err := bind(mount.Source, filepath.Join(root, mount.Path), mount.ReadOnly); err != nil {
			return err
		}
	}
	return nil
}

func depth(path string) int { return strings.Count(filepath.Clean(path), "/") }

func pivot(root string, spec *Spec) error {
	if spec.WorkingDir != "" {
		if err := os.MkdirAll(filepath.Join(root, spec.WorkingDir), 0o755); err != nil {
			return err
		}
	}
	if spec.ReadOnlyRoot {
		if err := unix.Mount("", root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID, ""); err != nil {
			return fmt.Errorf("make the root read-only: %w", err)
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	// The old root ends up mounted over the new one, and off it comes.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the host: %w", err)
	}
	return os.Chdir("/")
}

// bind shows source at target, which is made if it is not there.
func bind(source, target string, readOnly bool) error {
	information, err := os.Stat(source)
	if err != nil {
		return err
	}
	if err := makeTarget(target, information.IsDir()); err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s at %s: %w", source, target, err)
	}
	if !readOnly {
		return nil
	}
	if err := unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", target, err)
	}
	return nil
}

func makeTarget(target string, folder bool) error {
	if folder {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

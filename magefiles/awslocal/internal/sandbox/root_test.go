//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// What a program sees of itself: nothing of the machine, no privileges, and its own output to open.
func TestProgramSeesItself(t *testing.T) {
	s := withProgram(t, "self")
	s.Dir, s.Groups = "/made/for it", []int{44}
	got, _ := run(t, s)
	groups := "groups [44]"
	if can(t).Rung == sandbox.UserNamespace {
		groups = "groups ["
	}
	for _, want := range []string{
		"pid 1 parent 0 uid 1000 gid 1000 " + groups, "host ip-10-0-1-5 dir /made/for it", `env ["PATH=/bin:/" "GREETING=hello"]`,
		"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapBnd:\t00000000a80425fb", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1",
		"SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	s = withProgram(t, "self")
	s.UID, s.GID, s.Init = 0, 0, true
	got, _ = run(t, s)
	for _, want := range []string{" parent 1 uid 0 gid 0", "CapInh:\t0000000000000000", "CapPrm:\t00000000a80425fb", "CapEff:\t00000000a80425fb"} {
		if !strings.Contains(got, want) {
			t.Errorf("as root with an init: no %q in\n%s", want, got)
		}
	}
}

// What whoever started the tests left open for every process is not open in a container.
func TestDescriptors(t *testing.T) {
	fd, err := syscall.Open("/", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	for _, init := range []bool{false, true} {
		s := withProgram(t, "look", "/proc/self/fd")
		s.Init = init
		c, o := start(t, newTask(t), s)
		c.Wait()
		if got := o.all(); !strings.HasPrefix(got, "0\n1\n2\n3\n") || strings.Count(got, "\n") > 6 { // 3 is what it reads; Go has two of its own
			t.Errorf("%q", got)
		}
	}
}

// An environment may be larger than a packet or a pipe.
func TestLargeEnvironment(t *testing.T) {
	s := withProgram(t, "exit", "0")
	for i := range 20 {
		s.Env = append(s.Env, fmt.Sprint("V", i, "=", strings.Repeat("x", 60_000)))
	}
	if _, exit := run(t, s); exit.Code != 0 {
		t.Errorf("%+v", exit)
	}
	s.Files = map[string][]byte{"/etc/large": make([]byte, 1<<20)}
	if _, exit := run(t, s); exit.Code != 0 {
		t.Errorf("%+v", exit)
	}
}

// The root is made of the layers, the uppermost last, and of nothing else.
func TestLayers(t *testing.T) {
	s := withProgram(t, "look", "/", "/both", "/only/lower", "/gone")
	lower, upper := layer(t, map[string]string{"both": "lower\n", "only/lower": "lower's\n", "gone": "still there"}), layer(t, map[string]string{"both": "upper\n"})
	if err := syscall.Mknod(filepath.Join(upper, "gone"), syscall.S_IFCHR, 0); err != nil { // how overlayfs hides a file
		t.Fatal(err)
	}
	s.Layers = append(s.Layers, lower, upper)
	got, _ := run(t, s)
	want := "both\ndev\nonly\nproc\nprogram\nsys\nupper\nlower's\nopen /gone: no such file or directory\n"
	if got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// Layers of a number that would not fit in the options of a mount by their names.
func TestManyLayers(t *testing.T) {
	s := withProgram(t, "look", "/top")
	for range 120 {
		s.Layers = append(s.Layers, layer(t, map[string]string{"file": "x"}))
	}
	s.Layers = append(s.Layers, layer(t, map[string]string{"top": "here"}))
	if got, exit := run(t, s); got != "here" {
		t.Errorf("%q %+v", got, exit)
	}
}

func TestFilesOfThePlatform(t *testing.T) {
	s := withProgram(t, "look", "/etc/hosts", "/etc/resolv.conf")
	image := layer(t, map[string]string{"etc/hosts": "the image's"})
	if err := os.Symlink("../run/systemd/resolve/stub-resolv.conf", filepath.Join(image, "etc/resolv.conf")); err != nil {
		t.Fatal(err)
	}
	s.Layers = append(s.Layers, image)
	s.Files = map[string][]byte{"/etc/hosts": []byte("10.0.1.5 ip-10-0-1-5\n"), "/etc/resolv.conf": []byte("nameserver 169.254.169.253\n")}
	s.ReadOnly = true
	if got, _ := run(t, s); got != "10.0.1.5 ip-10-0-1-5\nnameserver 169.254.169.253\n" {
		t.Errorf("%q", got)
	}
}

// Links of an image lead nowhere but into the container.
func TestLinksStayInside(t *testing.T) {
	outside := folder(t)
	if err := os.Chmod(outside, 0o777); err != nil {
		t.Fatal(err)
	}
	image := layer(t, map[string]string{"x": ""})
	for name, to := range map[string]string{"etc": outside, "data": "../../../../../../../.." + outside, "dev": outside, "sys": outside} {
		if err := os.Symlink(to, filepath.Join(image, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := withProgram(t, "look", "/etc/hosts")
	s.Layers = append(s.Layers, layer(t, map[string]string{filepath.Join(outside, "inside"): ""}), image)
	s.Files = map[string][]byte{"/etc/hosts": []byte("hosts\n")}
	s.Mounts = []sandbox.Mount{{Target: "/data/more", SizeMB: 1}}
	if got, _ := run(t, s); got != "hosts\n" {
		t.Errorf("%q", got)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("outside is %v, %v", left, err)
	}
}

// A read-only root leaves the mounts writable, and a folder of a task holds what was written there.
func TestMounts(t *testing.T) {
	for _, readOnly := range []bool{true, false} {
		s := withProgram(t, "write", "/program", "/new", "/dev/shm/x", "/tmp/x", "/data/x", "/data/inner/x", "/fixed/x")
		data, fixed := folder(t), folder(t)
		for _, f := range []string{data, fixed} {
			if err := os.Chmod(f, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		s.ReadOnly = readOnly
		s.Mounts = []sandbox.Mount{
			{Target: "/data/inner", SizeMB: 1}, {Target: "/tmp"}, {Target: "/data", Source: data}, {Target: "/fixed", Source: fixed, ReadOnly: true}, {Target: "/again", Source: fixed},
		}
		got, _ := run(t, s)
		reason := "permission denied"
		if readOnly {
			reason = "read-only file system"
		}
		want := []string{
			"/program open /program: text file busy", "/new open /new: " + reason, "/dev/shm/x <nil>", "/tmp/x <nil>", "/data/x <nil>", "/data/inner/x <nil>",
			"/fixed/x open /fixed/x: read-only file system", "",
		}
		lines := strings.Split(got, "\n")
		lines[0] = want[0] // by whom the file is owned decides which reason comes first
		if !slices.Equal(lines, want) {
			t.Errorf("read-only %v:\n%s", readOnly, got)
		}
		if left, err := os.ReadDir(data); err != nil || len(left) != 2 {
			t.Errorf("the folder has %v, %v", left, err)
		}
	}
}

// Whoever runs the programs, the machine's settings are not theirs.
func TestMachineIsCovered(t *testing.T) {
	s := withProgram(t, "write", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/sys/kernel/mm/x")
	s.UID, s.GID = 0, 0
	got, _ := run(t, s)
	for line := range strings.Lines(got) {
		if !strings.Contains(line, "read-only file system") && !strings.Contains(line, "permission denied") && !strings.Contains(line, "no such file") {
			t.Error(line)
		}
	}
	s = withProgram(t, "look", "/proc/keys", "/proc/timer_list", "/sys/class/net", "/proc/1/root/program-of-the-machine")
	s.UID, s.GID = 0, 0
	if got, _ = run(t, s); got != "lo\nopen /proc/1/root/program-of-the-machine: no such file or directory\n" {
		t.Errorf("%q", got)
	}
}

func TestUlimits(t *testing.T) {
	s := withProgram(t, "look", "/proc/self/limits")
	s.Ulimits = []sandbox.Ulimit{{Name: "core", Soft: 0, Hard: 4096}, {Name: "nofile", Soft: 100, Hard: 200}}
	got, _ := run(t, s)
	fields := strings.Join(strings.Fields(got), " ")
	if !strings.Contains(fields, "Max core file size 0 4096 bytes") || !strings.Contains(fields, " 200 files") {
		t.Error(got)
	}
	s.Ulimits = []sandbox.Ulimit{{Name: "nofile", Soft: 1 << 40, Hard: 1 << 40}}
	c, err := newTask(t).Start(t.Context(), s)
	if can(t).Rung == sandbox.UserNamespace {
		if err != nil || len(c.Lacks) != 1 || !strings.HasPrefix(c.Lacks[0], "ulimit nofile is ") {
			t.Errorf("%v %+v", err, c)
		}
	} else if !errors.Is(err, syscall.EPERM) {
		t.Error(err)
	}
	s.Ulimits = []sandbox.Ulimit{{Name: "files", Soft: 1, Hard: 1}}
	if _, err := newTask(t).Start(t.Context(), s); err == nil || !strings.Contains(err.Error(), `ulimit "files": there is none of this name`) {
		t.Error(err)
	}
}

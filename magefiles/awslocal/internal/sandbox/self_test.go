//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// This executable is executed in a container by an image that names it as its interpreter, and says whether it could be written.
func init() {
	if os.Args[0] != "/proc/self/exe" || len(os.Args) != 3 || os.Args[1] != "/script" {
		return
	}
	const write = 2
	fmt.Println(os.Getuid(), syscall.Access("/proc/self/exe", write))
	os.Exit(0)
}

// An image cannot write to the executable that starts it, whoever runs it: CVE-2019-5736.
func TestExecutableIsNotWritable(t *testing.T) {
	s := withProgram(t)
	s.Layers = append(s.Layers, layer(t, map[string]string{"script": "#!/proc/self/exe\n"}))
	s.Argv, s.UID, s.GID = []string{"/script", "x"}, 0, 0
	s.Mounts = libraries(t)
	got, exit := run(t, s)
	if got != "0 read-only file system\n" {
		t.Errorf("%q %+v", got, exit)
	}
}

// libraries are the mounts that this executable needs in a container, where it is not static: the race detector's is not.
func libraries(t *testing.T) (all []sandbox.Mount) {
	t.Helper()
	me, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer me.Close()
	if needed, err := me.ImportedLibraries(); err != nil || len(needed) == 0 {
		return nil
	}
	for _, name := range []string{"/lib", "/lib64", "/usr/lib"} {
		if at, err := filepath.EvalSymlinks(name); err == nil {
			all = append(all, sandbox.Mount{Target: name, Source: at, ReadOnly: true})
		}
	}
	return all
}

//go:build amd64 || arm64

package boot

import (
	"encoding/json"
	"io"
	"os"
	"syscall"
)

// Container is what a shim is told of its container, as JSON through a pipe: an environment may be larger than a packet.
type Container struct {
	Hostname string
	Folder   string   // of the container alone, and empty
	Layers   []string // lowest first
	ReadOnly bool
	Mounts   []Mount
	Files    map[string][]byte
	ShmMB    int
	Sys      bool // the holder's /sys is that of the task
	Init     bool
	Memory   int64 // bytes; 0: no limit
	Process  Process
}

// Mount is a folder of the machine, or a memory file system where Source is empty.
type Mount struct {
	Target, Source string
	ReadOnly       bool
	SizeMB         int    // of a memory file system; 0: the kernel's default, half of the memory
	Mode           uint32 // likewise; 0: 01777
}

// Process is a program or a command.
type Process struct {
	Argv, Env []string
	Dir       string
	UID, GID  int
	Groups    []int
	Apart     bool // UID and GID are those of the user namespace already
	Ulimits   []Ulimit
	Terminal  bool
}

// Ulimit is a limit of the kernel.
type Ulimit struct {
	Resource   int
	Soft, Hard uint64
}

// order is what an entry is told.
type order struct {
	Container *Container // builds this one; nil: enters the mount namespace that was passed
	Process   Process
}

// readJSON reads a pipe to its end.
func readJSON(fd int, to any) error {
	f := os.NewFile(uintptr(fd), "order")
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// writeJSON gives the reading end of a pipe from which a value can be read.
func writeJSON(value any) (reader int, err error) {
	text, err := json.Marshal(value)
	if err != nil {
		return 0, err
	}
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return 0, err
	}
	go func() { // ends with the reader, at the latest
		w := os.NewFile(uintptr(ends[1]), "order")
		w.Write(text)
		w.Close()
	}()
	return ends[0], nil
}

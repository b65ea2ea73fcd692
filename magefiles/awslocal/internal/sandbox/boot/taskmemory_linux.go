//go:build amd64 || arm64

package boot

import (
	"os"
	"strconv"
	"syscall"
)

// limit holds all containers of the task together to its memory, as Fargate does: the largest process of all is killed.
func (h *holder) limit(limit int64) {
	m := memory{proc: "/proc", except: func(pid string) bool {
		n, err := strconv.Atoi(pid)
		return err != nil || n == os.Getpid() || h.isShim(n)
	}}
	m.limit(limit, func(pid string) error {
		n, err := strconv.Atoi(pid)
		if err != nil {
			return err
		}
		// Its shim knows before it can see the end.
		if pipe, ok := h.shimOf(n); ok {
			syscall.Write(pipe, []byte{1})
		}
		return syscall.Kill(n, syscall.SIGKILL)
	})
}

func (h *holder) isShim(pid int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, is := h.shims[pid]
	return is
}

// shimOf is the pipe of the shim that a process is below.
func (h *holder) shimOf(pid int) (pipe int, ok bool) {
	for pid > 1 {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return 0, false
		}
		pid = int(number(afterName(text), 1))
		h.mu.Lock()
		pipe, ok = h.shims[pid]
		h.mu.Unlock()
		if ok {
			return pipe, true
		}
	}
	return 0, false
}

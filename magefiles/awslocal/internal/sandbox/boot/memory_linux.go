//go:build amd64 || arm64

package boot

import (
	"bytes"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// memory looks at what processes use, as a /proc tells it, and holds them to a limit. Without a control group that is all that
// can be done: a program does not see the limit, and may be beyond it for the pause between two looks.
type memory struct {
	proc   string                // the container's /proc, seen from outside, or the task's
	except func(pid string) bool // what does not count, being of this package
	killed atomic.Bool
}

// watch a container from the start of its program on.
func (m *memory) watch(c *Container, pid int) {
	fd, err := syscall.Open("/proc/"+strconv.Itoa(pid)+"/root/proc", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return // it has ended already
	}
	m.proc, m.except = "/proc/self/fd/"+strconv.Itoa(fd), func(pid string) bool { return c.Init && pid == "1" }
	if c.Memory > 0 {
		go m.limit(c.Memory, m.kill)
	}
}

// Pauses between two looks: long while there is much room, short where a program that takes a gigabyte in a second could be beyond the limit.
const (
	shortest     = 5 * time.Millisecond
	longest      = time.Second
	bytesASecond = 1 << 30
)

func pause(room int64) time.Duration {
	return min(max(time.Duration(float64(room)/bytesASecond*float64(time.Second)), shortest), longest)
}

// limit kills the largest process whenever all of them are beyond the limit, as the kernel does for a control group.
func (m *memory) limit(limit int64, kill func(pid string) error) {
	for {
		all, err := m.processes()
		if err != nil {
			return
		}
		used, largest := int64(0), process{}
		for _, p := range all {
			used += p.memory
			if p.memory > largest.memory {
				largest = p
			}
		}
		if used > limit {
			kill(largest.pid) // it may have ended; there will be another look
		}
		time.Sleep(pause(limit - used))
	}
}

// kill a process by its folder: its number is of another namespace.
func (m *memory) kill(pid string) error {
	fd, err := syscall.Open(m.proc+"/"+pid, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	const pidfdSendSignal = 424 // on every architecture
	m.killed.Store(true)        // before its end is seen
	if _, _, e := syscall.Syscall6(pidfdSendSignal, uintptr(fd), uintptr(syscall.SIGKILL), 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

// use is the memory of all processes in bytes, and the processor time of all that there were.
func (m *memory) use() (bytes int64, cpu time.Duration, err error) {
	all, err := m.processes()
	for _, p := range all {
		bytes += p.memory
		cpu += p.cpu()
	}
	return bytes, cpu, err
}

// process is one of the container.
type process struct {
	pid    string
	memory int64 // resident and not shared
	folder string
}

func (m *memory) processes() (all []process, err error) {
	if m.proc == "" {
		return nil, syscall.ESRCH
	}
	folder, err := os.Open(m.proc)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	text := make([]byte, 512)
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' || m.except(name) {
			continue
		}
		p := process{pid: name, folder: m.proc + "/" + name}
		if n, err := readInto(text, p.folder+"/statm"); err == nil { // else it has just ended
			numbers := bytes.Fields(text[:n])
			p.memory = (number(numbers, 1) - number(numbers, 2)) * int64(os.Getpagesize())
			all = append(all, p)
		}
	}
	return all, err
}

// readInto reads a short file of /proc at once, without the garbage of os.ReadFile: it is done for ever.
func readInto(text []byte, name string) (n int, err error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer syscall.Close(fd)
	return syscall.Read(fd, text)
}

// cpu is the time of a process and of what it has waited for.
func (p process) cpu() (sum time.Duration) {
	text, err := os.ReadFile(p.folder + "/stat")
	if err != nil {
		return 0
	}
	// utime is the 12th field after the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html.
	numbers := afterName(text)
	const tick = time.Second / 100 // USER_HZ is 100 on every architecture that there is an image for
	for i := 11; i < 15; i++ {
		sum += time.Duration(number(numbers, i)) * tick
	}
	return sum
}

func number(fields [][]byte, i int) int64 {
	if i >= len(fields) {
		return 0
	}
	n, _ := strconv.ParseInt(string(fields[i]), 10, 64)
	return n
}

// afterName are the fields of a stat file after the name, which stands in brackets and may hold anything.
func afterName(text []byte) [][]byte { return bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) }

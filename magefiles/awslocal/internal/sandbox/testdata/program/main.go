// Command program is what the tests of package sandbox run in a container: it does what its first argument names.
//
//	serve ADDRESS         answer every request with the number of this process, its user and its remote address
//	exit CODE             end with the code
//	look FILE…            the content of files, or of folders what is in them
//	write FILE…           create files, and say of each how that went
//	ask ADDRESS           connect to an address and copy what it says
//	obey                  end with code 0 at SIGTERM
//	ignore                do nothing at SIGTERM; "ready" is said when that is so
//	sleep                 until it is killed, without a handler
//	eat MB PAUSE          use memory, megabyte by megabyte
//	terminal              say which terminal this is and its size, at each change of that too, and what is typed
//	self                  what the kernel says of this process
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	what, rest := os.Args[1], os.Args[2:]
	switch what {
	case "serve":
		http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "pid %d uid %d from %s", os.Getpid(), os.Getuid(), strings.Split(r.RemoteAddr, ":")[0])
		})
		fmt.Println(http.ListenAndServe(rest[0], nil))
		os.Exit(1)
	case "exit":
		code, _ := strconv.Atoi(rest[0])
		os.Exit(code)
	case "look":
		for _, name := range rest {
			look(name)
		}
	case "write":
		for _, name := range rest {
			err := os.WriteFile(name, []byte("x"), 0o644)
			fmt.Println(name, err)
		}
	case "ask":
		c, err := net.Dial("tcp", rest[0])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		io.Copy(os.Stdout, c)
	case "obey", "ignore":
		terms := make(chan os.Signal, 1)
		signal.Notify(terms, syscall.SIGTERM)
		fmt.Println("ready")
		for range terms {
			if what == "obey" {
				fmt.Println("ending")
				return
			}
		}
	case "sleep":
		fmt.Println("ready")
		syscall.Pause()
		time.Sleep(time.Hour)
	case "eat":
		eat(rest)
	case "terminal":
		terminal()
	case "self":
		self()
	}
}

func look(name string) {
	if entries, err := os.ReadDir(name); err == nil {
		for _, e := range entries {
			fmt.Println(e.Name())
		}
		return
	}
	text, err := os.ReadFile(name)
	if err != nil {
		fmt.Println(err)
	}
	os.Stdout.Write(text)
}

func eat(rest []string) {
	megabytes, _ := strconv.Atoi(rest[0])
	pause, _ := time.ParseDuration(rest[1])
	var all [][]byte
	for range megabytes {
		piece := make([]byte, 1<<20)
		for i := 0; i < len(piece); i += 4096 {
			piece[i] = 1
		}
		all = append(all, piece)
		time.Sleep(pause)
	}
	fmt.Println("ate", len(all))
	time.Sleep(time.Hour)
}

func self() {
	host, _ := os.Hostname()
	dir, _ := os.Getwd()
	groups, _ := os.Getgroups()
	fmt.Printf("pid %d parent %d uid %d gid %d groups %v host %s dir %s\n", os.Getpid(), os.Getppid(), os.Getuid(), os.Getgid(), groups, host, dir)
	fmt.Printf("env %q\n", os.Environ())
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "Cap") || strings.HasPrefix(line, "NoNewPrivs") || strings.HasPrefix(line, "Sig") || strings.HasPrefix(line, "Shd") {
			fmt.Print(line)
		}
	}
}

func terminal() {
	say := func() {
		name, _ := os.Readlink("/proc/self/fd/0")
		var size [4]uint16
		syscall.Syscall(syscall.SYS_IOCTL, 0, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
		controlling, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		fmt.Println(name, size[0], size[1], err == nil)
		controlling.Close()
	}
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGWINCH)
	say()
	go func() {
		for range changes {
			say()
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("read", lines.Text())
	}
}

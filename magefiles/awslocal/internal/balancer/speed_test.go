//go:build unix

package balancer_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// Roles of the test's own binary, so that a program, who asks it and the balancer are processes of their own and each one's processor
// time can be told.
const roleVariable = "BALANCER_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "program":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Println(l.Addr())
		go func() {
			_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello\n") }))
		}()
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends
		os.Exit(0)
	case "clients":
		fmt.Println(load(os.Args[1], 50, 3*time.Second))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// load asks by so many connections for so long, and tells how many answers came; a failure is fatal.
func load(url string, connections int, d time.Duration) int64 {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	var n atomic.Int64
	var group sync.WaitGroup
	for end := time.Now().Add(d); connections > 0; connections-- {
		group.Go(func() {
			for time.Now().Before(end) {
				r, err := client.Get(url)
				if err != nil {
					panic(err)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				if r.StatusCode != http.StatusOK {
					panic(r.Status)
				}
				n.Add(1)
			}
		})
	}
	group.Wait()
	return n.Load()
}

func role(tb testing.TB, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(tb.Context(), os.Args[0], args...)
	c.Env, c.Stderr = append(os.Environ(), roleVariable+"="+name), os.Stderr
	return c
}

func processorTime() time.Duration {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkAgainstTheProgramAlone compares in one run, 50 connections, alternating: the program alone and through the balancer.
//
//	go test -run '^$' -bench AgainstTheProgramAlone -benchtime 3x ./magefiles/awslocal/internal/balancer
func BenchmarkAgainstTheProgramAlone(b *testing.B) {
	program := role(b, "program")
	stdin, _ := program.StdinPipe()
	defer func() { _ = stdin.Close() }()
	out, err := program.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := program.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	target := netip.MustParseAddrPort(strings.TrimSpace(line))
	f := serve(b, balancer.Options{}, plain(target))
	clients := func(url string) (n float64) {
		out, err := role(b, "clients", url).Output()
		if err != nil {
			b.Fatal(err)
		}
		_, _ = fmt.Sscan(string(out), &n)
		return n
	}
	var alone, through float64
	var used time.Duration
	for b.Loop() {
		alone += clients("http://" + target.String())
		before := processorTime()
		through += clients(f.URL)
		used += processorTime() - before
	}
	b.ReportMetric(alone/3/float64(b.N), "alone-req/s")
	b.ReportMetric(through/3/float64(b.N), "through-req/s")
	b.ReportMetric(through/alone, "ratio")
	b.ReportMetric(float64(used.Microseconds())/through, "cpu-µs/req")
}

// BenchmarkRequest is what one request allocates, client and program included.
func BenchmarkRequest(b *testing.B) {
	target := says(b, "hello\n")
	for name, url := range map[string]string{"alone": "http://" + target.String(), "through": serve(b, balancer.Options{}, plain(target)).URL} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, _ := http.NewRequestWithContext(context.Background(), "GET", url, nil)
				send(b, r)
			}
		})
	}
}

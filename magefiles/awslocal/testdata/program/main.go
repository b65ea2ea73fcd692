// Command program is what tests let run in tasks: it does one after another what its arguments say, which a comma separates,
// or else the words of the variable BEHAVIOUR.
//
//	say LINE · complain LINE    on standard output · on standard error
//	lines N                     so many, in turn on both
//	exit CODE · signal NUMBER   end so
//	wait DURATION
//	env NAME…                   say the variables
//	need NAME                   end as a program does that misses a variable
//	self                        say what it is: number, user, folder, host, limit of open files
//	look FILE… · write FILE…    say what is in them · how making them went
//	open FILE · make FOLDER     end as a program does that cannot
//	ask URL · lookup NAME       say the answer · the addresses
//	dial ADDRESS                end as a program does that cannot
//	get NUMBER                  ask 127.0.0.1 at this port for /health, and end with 0 where that is 200
//	eat MEGABYTES               use them
//	obey · ignore · sleep       until SIGTERM, and end with 0 · never end · without a handler
//	serve ADDRESS               HTTP; /health answers 200. At SIGTERM it finishes what it has begun
//	status CODE                 /health answers so from now on, a redirect leads to /login
//	silent                      requests are never answered
//	hold ADDRESS                listen there, and go on
//	later DURATION CODE         end so at that time, whatever else is done then
//	slow DURATION               each answer takes so long
//	abrupt                      nothing is done at SIGTERM
//	stubborn                    SIGTERM is ignored
package main

import (
	"context"
	"errors"
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
)

func main() {
	words := os.Args[1:]
	if len(words) == 0 {
		words = strings.Fields(os.Getenv("BEHAVIOUR"))
	}
	p := &program{status: http.StatusOK}
	for len(words) > 0 {
		n := 0
		for n < len(words) && words[n] != "," {
			n++
		}
		p.step(words[0], words[1:n])
		words = words[min(n+1, len(words)):]
	}
}

type program struct {
	status         int
	silent, abrupt bool
	slow           time.Duration
}

func (p *program) step(what string, rest []string) {
	all := strings.Join(rest, " ")
	switch what {
	case "say":
		fmt.Println(all)
	case "complain":
		fmt.Fprintln(os.Stderr, strings.ReplaceAll(all, "|", "\n"))
	case "lines":
		for i := range number(all) {
			fmt.Fprintln([]io.Writer{os.Stdout, os.Stderr}[i%2], "line", i)
		}
	case "exit":
		os.Exit(number(all))
	case "signal":
		must(syscall.Kill(os.Getpid(), syscall.Signal(number(all))))
		time.Sleep(time.Minute)
	case "wait":
		time.Sleep(duration(all))
	case "env":
		for _, name := range rest {
			fmt.Printf("%s=%s\n", name, os.Getenv(name))
		}
	case "need":
		if os.Getenv(all) == "" {
			fail("missing required environment variable " + all)
		}
	case "self":
		self()
	case "look":
		for _, name := range rest {
			text, err := os.ReadFile(name)
			fmt.Printf("%s: %s%v\n", name, text, err)
		}
	case "write":
		for _, name := range rest {
			fmt.Printf("%s: %v\n", name, os.WriteFile(name, []byte("written"), 0o644))
		}
	case "open":
		f, err := os.OpenFile(all, os.O_RDWR, 0)
		must(err)
		must(f.Close())
	case "make":
		must(os.Mkdir(all, 0o755))
	case "later":
		wait := duration(rest[0])
		time.AfterFunc(wait, func() { os.Exit(number(rest[1])) })
	case "eat":
		eat(number(all))
	case "obey", "ignore", "sleep":
		wait(what)
	default:
		p.network(what, all)
	}
}

func (p *program) network(what, all string) {
	switch what {
	case "ask":
		r, err := http.Get(all)
		must(err)
		text, err := io.ReadAll(r.Body)
		must(err)
		fmt.Println(r.StatusCode, string(text))
	case "lookup":
		found, err := net.LookupHost(all)
		fmt.Println(found, err)
	case "dial":
		c, err := net.DialTimeout("tcp", all, 2*time.Second)
		must(err)
		must(c.Close())
	case "hold":
		_, err := net.Listen("tcp", all)
		must(err)
	case "get":
		r, err := http.Get("http://127.0.0.1:" + all + "/health")
		if err != nil || r.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		os.Exit(0)
	case "status":
		p.status = number(all)
	case "silent":
		p.silent = true
	case "slow":
		p.slow = duration(all)
	case "abrupt":
		p.abrupt = true
	case "stubborn":
		p.abrupt = true
		signal.Ignore(syscall.SIGTERM)
	case "serve":
		p.serve(all)
	default:
		fail("no such behaviour: " + what)
	}
}

func (p *program) serve(address string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		if p.status/100 == 3 {
			http.Redirect(w, r, "/login", p.status)
			return
		}
		w.WriteHeader(p.status)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if p.slow > 0 {
			fmt.Println("asked for", r.URL.Path)
		}
		time.Sleep(p.slow)
		host, _ := os.Hostname()
		fmt.Fprintf(w, "%s%s at %s", os.Getenv("GREETING"), r.URL.Path, host)
	})
	server := &http.Server{Handler: mux}
	if p.silent {
		server.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Hour) })
	}
	l, err := net.Listen("tcp", address)
	must(err)
	fmt.Println("listening on", l.Addr())
	done := make(chan struct{})
	if !p.abrupt {
		terms := make(chan os.Signal, 1)
		signal.Notify(terms, syscall.SIGTERM)
		go func() {
			<-terms
			must(server.Shutdown(context.Background()))
			fmt.Println("bye")
			close(done)
		}()
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		must(err)
	}
	<-done
}

func self() {
	host, _ := os.Hostname()
	folder, _ := os.Getwd()
	groups, _ := os.Getgroups()
	var files syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	fmt.Printf("pid=%d uid=%d gid=%d groups=%v dir=%s host=%s files=%d/%d\n", os.Getpid(), os.Getuid(), os.Getgid(), groups, folder, host, files.Cur, files.Max)
}

// eat touches each page, slowly enough for whoever watches.
func eat(megabytes int) {
	var all [][]byte
	for range megabytes {
		piece := make([]byte, 1<<20)
		for i := 0; i < len(piece); i += 4096 {
			piece[i] = 1
		}
		all = append(all, piece)
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ate", len(all))
}

func wait(what string) {
	if what != "sleep" {
		terms := make(chan os.Signal, 1)
		signal.Notify(terms, syscall.SIGTERM)
		fmt.Println("ready")
		for range terms {
			if what == "obey" {
				fmt.Println("obeyed")
				os.Exit(0)
			}
			fmt.Println("ignored")
		}
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	must(err)
	return n
}

func duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	must(err)
	return d
}

func must(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "Error:", why)
	os.Exit(1)
}

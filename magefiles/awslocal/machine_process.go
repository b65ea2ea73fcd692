package awslocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// A process that was started as a machine is one, and nothing else: its main function is never called.
func init() {
	if len(os.Args) == 2 && os.Args[0] == machineName {
		os.Exit(machineMain(os.Args[1]))
	}
}

// machineOrder is what a machine is told.
type machineOrder struct {
	MachineOptions
	In *inContainer `json:",omitempty"` // nil: it is in none
}

// machineMain is a machine's whole life. It says on descriptor 3, or where its order says, how it begins.
func machineMain(text string) int {
	var o machineOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	said, err := o.starter()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	say := func(format string, args ...any) {
		if said != nil {
			_, _ = fmt.Fprintf(said, format+"\n", args...) // the starter may have gone
			_ = said.Close()
			said = nil
		}
	}
	err = o.serve(say)
	switch e, none := errors.AsType[*NoProgramsError](err); {
	case none:
		data, _ := json.Marshal(e) // of texts
		say("none %s", data)
	case errors.Is(err, errTaken):
		say("taken")
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		say("failed %v", err)
		return 1
	}
	return 0
}

var errTaken = errors.New("there is another one")

// serve is a machine until it is switched off, or its state folder is gone.
func (o machineOrder) serve(say func(string, ...any)) (err error) {
	run := filepath.Join(o.Dir, runFolder)
	lock := flock.New(filepath.Join(run, "lock"))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return errors.Join(err, errTaken)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	box, err := sandbox.Try(run)
	if err != nil {
		if l, ok := errors.AsType[*sandbox.LadderError](err); ok {
			return &NoProgramsError{Why: l.Why, Help: l.Help}
		}
		return err
	}
	s, err := Open(Options{Dir: o.Dir, Region: o.Region, Speed: o.Speed, box: &box, hostPorts: o.HostPorts, accessLog: o.AccessLog})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	socket, err := listenSocket(run)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	off := make(chan struct{})
	end := sync.OnceFunc(func() { close(off) })
	server := &http.Server{Handler: s.machineHandler(func() MachineStatus { return o.status(s) }, end), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(socket) }() // until it is closed
	defer server.Close()
	say("ready")
	gone := time.NewTicker(250 * time.Millisecond)
	defer gone.Stop()
	defer func() { time.AfterFunc(endPatience, giveUp) }() // before the others: they are called first
	for {
		select {
		case <-ctx.Done(): // by somebody who ends processes; the next machine records what was lost
			return nil
		case <-off:
			answered, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = server.Shutdown(answered) // so that its answer arrives
			return nil
		case <-gone.C:
			if !there(lock.Path(), lock) {
				return nil
			}
		}
	}
}

// giveUp ends a machine that does not come to its end, and says where it stands. Everything that it has started ends with it, by
// the kernel.
func giveUp() {
	fmt.Fprintf(os.Stderr, "%s: not ended %s after it began to end\n", time.Now().UTC().Format(time.RFC3339Nano), endPatience)
	stacks := make([]byte, 4<<20)
	_, _ = os.Stderr.Write(stacks[:runtime.Stack(stacks, true)]) // into the log
	os.Exit(1)
}

// there tells whether the file of a lock is still the one that was locked: its folder may have been removed, or another one
// made in its place.
func there(path string, lock *flock.Flock) bool {
	now, err := os.Stat(path)
	if err != nil {
		return false
	}
	held, err := lock.Stat()
	return err == nil && os.SameFile(now, held)
}

// machineHandler answers on a machine's socket, which is its user's alone.
func (s *Server) machineHandler(status func() MachineStatus, end func()) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(status())
	})
	mux.HandleFunc("GET /use", func(w http.ResponseWriter, r *http.Request) {
		all := []TaskUse{}
		for _, u := range s.supervisor.Use(r.Context()) {
			all = append(all, TaskUse(u))
		}
		_ = json.NewEncoder(w).Encode(all)
	})
	mux.HandleFunc("POST /off", func(w http.ResponseWriter, r *http.Request) {
		s.off.Store(true)
		defer end()                                                                        // whatever comes of it
		if err := s.supervisor.SwitchOff(context.WithoutCancel(r.Context())); err != nil { // it goes on when who asked has gone
			http.Error(w, err.Error()+"; what was left was killed, and is recorded as lost when programs are executed again", http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "\n")
	})
	mux.HandleFunc("POST /end", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "\n")
		end()
	})
	mux.HandleFunc("POST /exec", s.serveExec)
	return mux
}

func (o machineOrder) status(s *Server) MachineStatus {
	st := MachineStatus{Process: os.Getpid(), Version: version(), Options: o.MachineOptions, Rung: s.box.Rung.String(), Why: s.box.Why, Off: s.off.Load()}
	if in := o.In; in != nil {
		st.Process, st.Container, st.Engine, st.Rung, st.Why = 0, in.Name, in.Engine, RungEngine, in.Why
		if s.box.Why != "" {
			st.Why += "; in it: " + s.box.Why
		}
	}
	for _, a := range s.supervisor.Addresses() {
		st.Addresses = append(st.Addresses, Address(a))
	}
	return st
}

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/elb"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

const (
	// often is how soon it notices what another process has changed.
	often = 10 * time.Millisecond
	// gather is how long lines of programs wait for others.
	gather = 20 * time.Millisecond
	// unusedLayers is how long a layer is kept that no image has any more.
	unusedLayers = 14 * 24 * time.Hour
)

// Options of a supervisor.
type Options struct {
	World     *sim.World
	Tasks     *ecs.Service
	Balancing *elb.Service
	Images    *ecr.Service
	Sandbox   sandbox.Sandbox
	Dir       string                                       // its own, for what runs
	Region    string                                       // that programs are told
	API       http.Handler                                 // the embedded AWS, for programs
	AccessLog bool                                         // one line for each request to a load balancer, in access.log
	HostPorts []int                                        // of loopback of this machine, that programs reach as host.splitecs.internal
	Refuse    func(r *http.Request, hosts []string) string // why a request to a load balancer is not answered; empty where it is. hosts are those of its rules
	Log       func(format string, args ...any)
	// Hasty ends programs before load balancers know: for the test alone that shows what the right order is for.
	Hasty bool
}

// Supervisor executes programs.
type Supervisor struct {
	Options
	id     string
	layers *layers.Cache
	front  *front

	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	reports []func()
	tasks   map[string]*task // by id
	homes   map[netip.Addr]*task
	work    sync.WaitGroup
}

// Start begins to execute what is wanted, until Close. id is nobody else's: what an earlier supervisor had is recorded as lost.
func Start(o Options, id string) (*Supervisor, error) {
	for _, dir := range []string{o.Dir, filepath.Join(o.Dir, TasksFolder)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("start supervisor: %w", err)
		}
	}
	if err := sweep(filepath.Join(o.Dir, TasksFolder)); err != nil {
		return nil, fmt.Errorf("start supervisor: remove what an earlier one left: %w", err)
	}
	cache, err := layers.Open(filepath.Join(o.Dir, "layers"))
	if err != nil {
		return nil, fmt.Errorf("start supervisor: %w", err)
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Supervisor{
		Options: o, id: id, layers: cache, wake: make(chan struct{}, 1), stop: cancel, done: make(chan struct{}),
		tasks: map[string]*task{}, homes: map[netip.Addr]*task{},
	}
	if s.front, err = newFront(s); err != nil {
		cancel()
		return nil, fmt.Errorf("start supervisor: %w", err)
	}
	if err := cache.Prune(nil, unusedLayers); err != nil {
		s.Log("remove layers that nobody used of late: %v", err)
	}
	if err := o.World.Do(ctx, func() error { o.Tasks.Supervise(id); return nil }); err != nil {
		cancel()
		return nil, fmt.Errorf("start supervisor: %w", err)
	}
	go s.run(ctx)
	return s, nil
}

// Close kills what runs. It is recorded as lost by the next supervisor; see [Supervisor.SwitchOff].
func (s *Supervisor) Close() error {
	s.stop()
	<-s.done
	err := s.front.close()
	s.mu.Lock()
	left := s.tasks
	s.tasks = map[string]*task{}
	s.mu.Unlock()
	for _, t := range left {
		err = errors.Join(err, t.close())
	}
	s.work.Wait()
	return err
}

// offPatience is how long tasks may take to end beside the stop timeouts of their containers.
const offPatience = 45 * time.Second

// SwitchOff stops all tasks as ECS would, with SIGTERM first, and waits until they have ended, but no longer than their stop
// timeouts allow. Services launch nothing until another supervisor is there.
func (s *Supervisor) SwitchOff(ctx context.Context) error {
	var work []ecs.Work
	if err := s.World.Do(ctx, func() error { s.Tasks.SwitchOff(); work = s.Tasks.Work(); return nil }); err != nil {
		return fmt.Errorf("switch off: %w", err)
	}
	patience := offPatience + longestStop(work)
	for end := time.Now().Add(patience); len(work) > 0; {
		if time.Now().After(end) {
			return fmt.Errorf("switch off: task %s and %d more have not ended within %s", work[0].ID, len(work)-1, patience)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(often):
		}
		if err := s.World.Do(ctx, func() error { work = s.Tasks.Work(); return nil }); err != nil {
			return fmt.Errorf("switch off: %w", err)
		}
	}
	return nil
}

// longestStop is how long a task may take whose containers stop one after another.
func longestStop(work []ecs.Work) (longest time.Duration) {
	for _, w := range work {
		sum := time.Duration(0)
		for _, job := range w.Containers {
			sum += job.StopTimeout
		}
		longest = max(longest, sum)
	}
	return longest
}

// report lets f happen inside the next transaction, soon.
func (s *Supervisor) report(f func()) {
	s.mu.Lock()
	s.reports = append(s.reports, f)
	s.mu.Unlock()
	s.nudge()
}

func (s *Supervisor) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run is the loop.
func (s *Supervisor) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(often)
	defer tick.Stop()
	due := time.NewTimer(0)
	defer due.Stop()
	var version uint64
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-due.C:
		case <-tick.C:
			if s.World.Version() == version {
				continue
			}
		}
		at, next, err := s.pass(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log("look at what is wanted: %v", err)
			due.Reset(time.Second)
			continue
		}
		version = at
		if next.IsZero() {
			next = time.Now().Add(time.Hour)
		}
		due.Reset(time.Until(next))
	}
}

// wanted is what there should be.
type wanted struct {
	work   []ecs.Work
	probes []balancer.Check
	table  balancer.Table
}

// pass tells what has happened, asks what is wanted, and begins it. version is that of the world that it has seen, next is when
// something is due.
func (s *Supervisor) pass(ctx context.Context) (version uint64, next time.Time, err error) {
	s.mu.Lock()
	reports := s.reports
	s.reports = nil
	s.mu.Unlock()
	var w wanted
	version, err = s.World.DoAt(ctx, func() error {
		for _, f := range reports {
			f()
		}
		w = wanted{s.Tasks.Work(), s.Balancing.Probes(), s.Balancing.Table()}
		next, _ = s.World.Next()
		return nil
	})
	if err != nil { // nothing of it has happened
		s.mu.Lock()
		s.reports = append(reports, s.reports...)
		s.mu.Unlock()
		return version, time.Time{}, err
	}
	if s.Hasty {
		s.haste(w.work)
	}
	s.front.set(w.table, w.probes) // before anybody is told that nobody asks a task any more
	s.reconcile(ctx, w.work)
	return version, next, nil
}

// dial reaches an address of a task.
func (s *Supervisor) dial(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	s.mu.Lock()
	var box *sandbox.Task
	if t := s.homes[at.Addr()]; t != nil {
		box = t.box
	}
	s.mu.Unlock()
	if box == nil {
		return nil, fmt.Errorf("no task has the address %s", at.Addr())
	}
	return box.Dial(ctx, "tcp4", at.String())
}

// TasksFolder is where, in a supervisor's folder, tasks have theirs.
const TasksFolder = "tasks"

// sweep removes what tasks of an earlier supervisor have left.
func sweep(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		err = errors.Join(err, layers.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

package supervisor

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// task is one that there is.
type task struct {
	id      string
	dir     string
	address netip.Addr
	ctx     context.Context // ends with the task
	end     context.CancelFunc
	boxed   sync.Once
	box     *sandbox.Task // nil: not made yet
	boxErr  error

	mu         sync.Mutex // of what follows
	work       ecs.Work
	containers map[string]*container
	busy       sync.WaitGroup // what is being done for it
}

// container is one that there is, or that is being made.
type container struct {
	task *task
	name string

	pulling, starting, stopping bool
	image                       *unpacked
	spec                        sandbox.ContainerSpec
	box                         *sandbox.Container
}

// reconcile begins what is wanted and not there, and ends what is there and not wanted.
func (s *Supervisor) reconcile(ctx context.Context, work []ecs.Work) {
	want := map[string]bool{}
	for _, w := range work {
		want[w.ID] = true
		s.mu.Lock()
		t := s.tasks[w.ID]
		if t == nil {
			t = s.newTask(ctx, w)
		}
		s.mu.Unlock()
		s.further(t, w)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, t := range s.tasks {
		if want[id] {
			continue
		}
		delete(s.tasks, id)
		delete(s.homes, t.address)
		s.work.Go(func() {
			if err := t.close(); err != nil {
				s.Log("end task %s: %v", id, err)
			}
		})
	}
}

// newTask is called with the lock.
func (s *Supervisor) newTask(ctx context.Context, w ecs.Work) *task {
	t := &task{id: w.ID, dir: filepath.Join(s.Dir, TasksFolder, w.ID), containers: map[string]*container{}}
	t.address, _ = netip.ParseAddr(w.Address) // ECS has made it
	t.ctx, t.end = context.WithCancel(ctx)
	s.tasks[w.ID] = t
	s.homes[t.address] = t
	return t
}

// further begins the next steps of a task.
func (s *Supervisor) further(t *task, w ecs.Work) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wasDraining := t.work.Draining
	t.work = w
	if w.Draining && !wasDraining {
		t.do(func() { s.drain(t, w.Targets) })
	}
	for _, job := range w.Containers {
		c := t.containers[job.Name]
		if c == nil {
			c = &container{task: t, name: job.Name}
			t.containers[job.Name] = c
		}
		if job.Pull && !c.pulling {
			c.pulling = true
			t.do(func() { s.pull(t, c, job) })
		}
		if job.Start && !c.starting {
			c.starting = true
			t.do(func() { s.start(t, c, w, job) })
		}
		if job.Stop && !c.stopping && c.box != nil {
			c.stopping = true
			t.do(func() { s.terminate(t, c, job.StopTimeout) })
		}
	}
}

// do lets something happen for the task; close waits for it.
func (t *task) do(f func()) { t.busy.Go(f) }

// drain waits until nobody waits for an answer of the task.
func (s *Supervisor) drain(t *task, ports []int) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.open(t.address, ports) == 0 {
			s.report(func() { s.Tasks.Drained(t.id) })
			return
		}
		select {
		case <-t.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// haste ends the programs of tasks that begin to drain, and waits for their end.
func (s *Supervisor) haste(work []ecs.Work) {
	for _, w := range work {
		s.mu.Lock()
		t := s.tasks[w.ID]
		s.mu.Unlock()
		if t == nil || !w.Draining || t.now().Draining {
			continue
		}
		t.mu.Lock()
		for _, c := range t.containers {
			if c.box != nil {
				t.do(func() { s.terminate(t, c, time.Second) })
				<-c.box.Done()
			}
		}
		t.mu.Unlock()
	}
}

// killed is how soon a program is gone that was killed, if whoever is beside it can do anything.
const killed = 10 * time.Second

// terminate gives a program SIGTERM, and SIGKILL where it has not ended in time. Where even that does nothing, since who should
// do it is stopped or stuck, the whole task is killed.
func (s *Supervisor) terminate(t *task, c *container, patience time.Duration) {
	for _, step := range []struct {
		name     string
		do       func() error
		patience time.Duration
	}{
		{"signal", func() error { return c.box.Signal(sigterm) }, patience},
		{"kill", c.box.Kill, killed},
		{"kill the task of", t.box.Kill, killed},
	} {
		go func() { // who is stopped takes its time to say nothing
			if err := step.do(); err != nil && !c.over(t.ctx) {
				s.Log("%s container %s of task %s: %v", step.name, c.name, t.id, err)
			}
		}()
		select {
		case <-t.ctx.Done():
			return
		case <-c.box.Done():
			return
		case <-time.After(step.patience):
		}
	}
	s.Log("container %s of task %s has not ended, %s after SIGKILL", c.name, t.id, killed)
}

// home makes the network of the task, once.
func (s *Supervisor) home(t *task) (*sandbox.Task, error) {
	t.boxed.Do(func() {
		if t.boxErr = os.MkdirAll(t.dir, 0o700); t.boxErr != nil {
			return
		}
		var box *sandbox.Task
		box, t.boxErr = s.Sandbox.Task(t.ctx, sandbox.TaskSpec{ID: t.id, Address: t.address, Platform: platform, Dir: t.dir, Memory: t.now().Memory})
		if t.boxErr != nil {
			return
		}
		if t.boxErr = s.serve(t, box); t.boxErr != nil {
			_ = box.Close()
			return
		}
		s.mu.Lock() // dial looks at it
		t.box = box
		s.mu.Unlock()
	})
	return t.box, t.boxErr
}

// close kills what runs and removes what it had.
func (t *task) close() error {
	t.end()
	t.boxed.Do(func() { t.boxErr = context.Canceled }) // none is made any more
	var err error
	if t.box != nil {
		err = t.box.Close() // so that what is being done for it ends
	}
	t.busy.Wait()
	return errors.Join(err, layers.RemoveAll(t.dir))
}

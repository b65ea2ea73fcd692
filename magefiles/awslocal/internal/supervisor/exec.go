package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// Exec executes a command in a container that runs: in its files, its network and its environment, as its user.
func (s *Supervisor) Exec(ctx context.Context, id, name string, spec sandbox.ExecSpec) (*sandbox.Exec, error) {
	s.mu.Lock()
	t := s.tasks[id]
	s.mu.Unlock()
	if t == nil {
		return nil, fmt.Errorf("no task %s runs here", id)
	}
	t.mu.Lock()
	c := t.containers[name]
	t.mu.Unlock()
	if c == nil || c.box == nil || c.over(t.ctx) {
		return nil, fmt.Errorf("container %s of task %s does not run", name, id)
	}
	if spec.Env == nil {
		spec.Env = c.spec.Env
	}
	if spec.Dir == "" {
		spec.Dir = c.spec.Dir
	}
	return c.box.Exec(ctx, spec)
}

// Use is what a container uses.
type Use struct {
	Task, Container string
	Memory          int64
	Processor       time.Duration
	Limit           int64
}

// Use of all containers that run, in the order of their tasks' ids.
func (s *Supervisor) Use() []Use {
	s.mu.Lock()
	var tasks []*task
	for _, t := range s.tasks {
		tasks = append(tasks, t)
	}
	s.mu.Unlock()
	slices.SortFunc(tasks, func(a, b *task) int { return strings.Compare(a.id, b.id) })
	var all []Use
	for _, t := range tasks {
		t.mu.Lock()
		names := t.work.Containers
		t.mu.Unlock()
		for _, job := range names {
			t.mu.Lock()
			c := t.containers[job.Name]
			t.mu.Unlock()
			if c == nil || c.box == nil || c.over(t.ctx) {
				continue
			}
			if u, err := c.box.Use(); err == nil {
				all = append(all, Use{t.id, job.Name, u.Memory, u.CPU, c.spec.Memory})
			}
		}
	}
	return all
}

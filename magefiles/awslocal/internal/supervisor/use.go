package supervisor

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// Use is what a container uses.
type Use struct {
	Task, Container string
	Memory, Limit   int64   // bytes; a limit of 0 is none
	Processors      float64 // how many, of late
}

// sampling is how long "of late" is.
const sampling = 100 * time.Millisecond

// Use of all containers that run, in the order of their tasks' ids.
func (s *Supervisor) Use(ctx context.Context) []Use {
	type sample struct {
		c     *container
		began time.Time
		cpu   time.Duration
	}
	var samples []sample
	for _, c := range s.running() {
		if u, err := c.box.Use(); err == nil {
			samples = append(samples, sample{c, time.Now(), u.CPU})
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(sampling):
	}
	var all []Use
	for _, was := range samples {
		if u, err := was.c.box.Use(); err == nil {
			all = append(all, Use{
				Task: was.c.task.id, Container: was.c.name, Memory: u.Memory, Limit: cmp.Or(was.c.spec.Memory, was.c.task.now().Memory),
				Processors: float64(u.CPU-was.cpu) / float64(time.Since(was.began)),
			})
		}
	}
	return all
}

// running are the containers that run.
func (s *Supervisor) running() []*container {
	s.mu.Lock()
	var tasks []*task
	for _, t := range s.tasks {
		tasks = append(tasks, t)
	}
	s.mu.Unlock()
	slices.SortFunc(tasks, func(a, b *task) int { return strings.Compare(a.id, b.id) })
	var all []*container
	for _, t := range tasks {
		t.mu.Lock()
		for _, job := range t.work.Containers {
			if c := t.containers[job.Name]; c != nil && c.box != nil && !c.over(t.ctx) {
				all = append(all, c)
			}
		}
		t.mu.Unlock()
	}
	return all
}

package supervisor

import (
	"context"
	"fmt"

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
	return c.exec(ctx, spec)
}

// exec executes a command with the environment and the folder of the container's program.
func (c *container) exec(ctx context.Context, spec sandbox.ExecSpec) (*sandbox.Exec, error) {
	spec.Env, spec.Dir = c.spec.Env, c.spec.Dir
	return c.box.Exec(ctx, spec)
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Container is one of the engine. Its program is root to the engine: with the network of the machine, the
// capabilities that the program asks for, and without the filters of system calls and of paths that the engine has for others.
type Container struct {
	Name         string // unique
	Argv, Env    []string
	Labels       map[string]string
	Mounts       []Mount
	Capabilities []string // beside the engine's own: SYS_ADMIN
}

// Mount is a file or folder of the machine.
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// unfiltered is what lets the program mount and make namespaces, in the words of Docker; Podman has the last one of its own.
// https://docs.docker.com/engine/containers/run/#security-configuration, https://docs.podman.io/en/latest/markdown/podman-run.1.html#security-opt-option
func (e *Engine) unfiltered() []string {
	all := []string{"seccomp=unconfined", "apparmor=unconfined", "label=disable"}
	if e.Name == "Podman" {
		all = append(all, "unmask=ALL")
	}
	return all
}

// Run runs a container to its end, and gives its exit code.
func (e *Engine) Run(ctx context.Context, c Container) (code int, err error) {
	id, err := e.begin(ctx, c, false)
	if err != nil {
		return 0, err
	}
	var said struct {
		StatusCode int
		Error      *struct{ Message string }
	}
	err = e.call(ctx, http.MethodPost, "/containers/"+id+"/wait", nil, &said)
	if err == nil && said.Error != nil && said.Error.Message != "" {
		err = errors.New(said.Error.Message)
	}
	if err != nil {
		err = fmt.Errorf("wait for a container of %s: %w", e, err)
	}
	return said.StatusCode, errors.Join(err, e.Remove(context.WithoutCancel(ctx), id))
}

// Start starts a container, of which nothing is left when it has ended. ended is closed then, or with the context. It says no code: Podman has forgotten that of a
// container that removes itself (4.3 says 0).
func (e *Engine) Start(ctx context.Context, c Container) (ended <-chan struct{}, err error) {
	id, err := e.begin(ctx, c, true)
	if err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = e.call(ctx, http.MethodPost, "/containers/"+id+"/wait", nil, nil) // it may be gone already
	}()
	return gone, nil
}

// begin starts a container, whose image is brought to the engine where it is not there.
func (e *Engine) begin(ctx context.Context, c Container, removed bool) (id string, err error) {
	if err := e.bringImage(ctx); err != nil {
		return "", err
	}
	type mount struct {
		Type, Source, Target string
		ReadOnly             bool
	}
	mounts := []mount{}
	for _, m := range c.Mounts {
		if e.Name == "Podman" && strings.Contains(m.Source+m.Target, ",") { // it writes options of a command line of them
			return "", fmt.Errorf("mount %s: the API of %s takes no name with a comma", m.Source, e)
		}
		mounts = append(mounts, mount{"bind", m.Source, m.Target, m.ReadOnly})
	}
	host := map[string]any{
		"AutoRemove": removed, "NetworkMode": "host", "CapAdd": c.Capabilities, "SecurityOpt": e.unfiltered(), "Mounts": mounts,
		"MaskedPaths": []string{}, "ReadonlyPaths": []string{}, "LogConfig": map[string]any{"Type": "none"},
	}
	var made struct{ ID string }
	err = e.call(ctx, http.MethodPost, "/containers/create?name="+url.QueryEscape(c.Name), map[string]any{
		"Image": image, "User": "0:0", "Entrypoint": c.Argv[:1], "Cmd": c.Argv[1:], "Env": c.Env, "Labels": c.Labels, "WorkingDir": "/", "HostConfig": host,
	}, &made)
	if err != nil {
		return "", fmt.Errorf("make a container of %s: %w", e, err)
	}
	if err := e.call(ctx, http.MethodPost, "/containers/"+made.ID+"/start", nil, nil); err != nil {
		return "", errors.Join(fmt.Errorf("start a container of %s: %w", e, err), e.Remove(context.WithoutCancel(ctx), made.ID))
	}
	return made.ID, nil
}

// Remove ends and removes a container by its name, and is content where there is none.
func (e *Engine) Remove(ctx context.Context, name string) error {
	for {
		err := e.call(ctx, http.MethodDelete, "/containers/"+url.PathEscape(name)+"?force=1&v=1", nil, nil)
		switch status(err) {
		case http.StatusNotFound:
			return nil
		case http.StatusConflict: // it is being removed
		default:
			if err != nil {
				return fmt.Errorf("remove container %s of %s: %w", name, e, err)
			}
		}
		select { // until it is not there
		case <-ctx.Done():
			return fmt.Errorf("remove container %s of %s: %w", name, e, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

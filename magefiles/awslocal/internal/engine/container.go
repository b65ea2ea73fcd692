package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Container is one of the engine, of which nothing is left when it has ended. Its program is root to the engine: with the network of the machine, the
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

// Start starts a container, whose image is brought to the engine where it is not there. ended gives its exit code, or why that is not known.
func (e *Engine) Start(ctx context.Context, c Container) (ended <-chan Ended, err error) {
	if err := e.bringImage(ctx); err != nil {
		return nil, err
	}
	type mount struct {
		Type, Source, Target string
		ReadOnly             bool
	}
	mounts := []mount{}
	for _, m := range c.Mounts {
		mounts = append(mounts, mount{"bind", m.Source, m.Target, m.ReadOnly})
	}
	host := map[string]any{
		"AutoRemove": true, "NetworkMode": "host", "CapAdd": c.Capabilities, "SecurityOpt": e.unfiltered(), "Mounts": mounts,
		"MaskedPaths": []string{}, "ReadonlyPaths": []string{}, "LogConfig": map[string]any{"Type": "none"},
	}
	var made struct{ ID string }
	err = e.call(ctx, http.MethodPost, "/containers/create?name="+url.QueryEscape(c.Name), map[string]any{
		"Image": image, "User": "0:0", "Entrypoint": c.Argv[:1], "Cmd": c.Argv[1:], "Env": c.Env, "Labels": c.Labels, "WorkingDir": "/", "HostConfig": host,
	}, &made)
	if err != nil {
		return nil, fmt.Errorf("make a container of %s: %w", e, err)
	}
	if err := e.call(ctx, http.MethodPost, "/containers/"+made.ID+"/start", nil, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("start a container of %s: %w", e, err), e.Remove(context.WithoutCancel(ctx), made.ID))
	}
	return e.wait(ctx, made.ID), nil
}

// Ended is how a container ended.
type Ended struct {
	Code int
	Err  error // why the code is not known
}

func (e *Engine) wait(ctx context.Context, id string) <-chan Ended {
	ended := make(chan Ended, 1)
	go func() {
		var said struct{ StatusCode int }
		err := e.call(ctx, http.MethodPost, "/containers/"+id+"/wait", nil, &said)
		ended <- Ended{said.StatusCode, err}
	}()
	return ended
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

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Engine is one that has answered.
type Engine struct {
	Name    string // Docker, Podman
	Version string // its own
	Kernel  string // on which it runs, as uname -r says it
	Socket  string // path
	api     string // /v1.41
	client  *http.Client
}

// String is how people are told of it.
func (e *Engine) String() string {
	return strings.TrimSpace(e.Name+" "+e.Version) + " at unix://" + e.Socket
}

// patience is how long a socket may take to answer who it is.
const patience = 5 * time.Second

// Find is the engine at the socket that DOCKER_HOST names, else at the first one that answers of those at which Docker and Podman listen, of root and of
// this user. The error says of each that is there why it is none.
func Find(ctx context.Context, getenv func(string) string) (*Engine, error) {
	sockets, err := sockets(getenv)
	if err != nil {
		return nil, err
	}
	var refused []string
	for _, s := range sockets {
		e, err := At(ctx, s)
		if err == nil {
			return e, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			refused = append(refused, err.Error())
		}
	}
	if len(refused) > 0 {
		return nil, errors.New(strings.Join(refused, "; "))
	}
	return nil, fmt.Errorf("no Docker-compatible engine listens on this machine: there is no %s", strings.Join(sockets, ", no "))
}

// sockets at which engines may be.
// https://docs.docker.com/engine/security/rootless/, https://docs.podman.io/en/latest/markdown/podman-system-service.1.html
func sockets(getenv func(string) string) ([]string, error) {
	if host := getenv("DOCKER_HOST"); host != "" {
		path, local := strings.CutPrefix(host, "unix://")
		if !local || !filepath.IsAbs(path) {
			return nil, fmt.Errorf("the engine that DOCKER_HOST names (%s) may be on another machine: one of this machine takes, such as unix:///var/run/docker.sock", host)
		}
		return []string{path}, nil
	}
	all := []string{"/var/run/docker.sock"}
	if own := getenv("XDG_RUNTIME_DIR"); own != "" {
		all = append(all, filepath.Join(own, "docker.sock"), filepath.Join(own, "podman/podman.sock"))
	}
	return append(all, "/run/podman/podman.sock"), nil
}

// At is the engine at a socket.
func At(ctx context.Context, socket string) (*Engine, error) {
	e := &Engine{Socket: socket}
	e.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var v struct {
		Version, APIVersion, MinAPIVersion, KernelVersion, Os string
		Components                                            []struct{ Name string }
	}
	if err := e.call(ctx, http.MethodGet, "/version", nil, &v); err != nil {
		return nil, fmt.Errorf("ask the engine at unix://%s: %w", socket, err)
	}
	if v.Os != "linux" {
		return nil, fmt.Errorf("the engine at unix://%s runs on %q, not on this Linux", socket, v.Os)
	}
	e.Name, e.Version, e.Kernel = "Docker", v.Version, v.KernelVersion
	for _, c := range v.Components {
		if strings.HasPrefix(c.Name, "Podman") {
			e.Name = "Podman"
		}
	}
	var err error
	if e.api, err = negotiate(v.MinAPIVersion, v.APIVersion); err != nil {
		return nil, fmt.Errorf("ask the engine at unix://%s: %w", socket, err)
	}
	return e, nil
}

// known is the minor version of the API that this package was written for: Docker 20.10, Podman 4.
const known = 41

// negotiate takes the version that is known, or the nearest that the engine has. https://docs.docker.com/reference/api/engine/#api-version-matrix
func negotiate(least, most string) (string, error) {
	minor := func(version string) (int, error) {
		text, one := strings.CutPrefix(version, "1.")
		n, err := strconv.Atoi(text)
		if !one || err != nil {
			return 0, fmt.Errorf("its API has version %q, and 1.%d is known", version, known)
		}
		return n, nil
	}
	to, err := minor(most)
	if err != nil {
		return "", err
	}
	from, err := minor(least)
	if err != nil { // not told
		from = 0
	}
	return fmt.Sprintf("/v1.%d", min(max(known, from), to)), nil
}

// Error is an engine's refusal.
type Error struct {
	Status int // HTTP
	Text   string
}

func (e *Error) Error() string { return e.Text }

// status of an error, 0 where it is no engine's.
func status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// call sends a body, if there is one: bytes as they are, anything else as JSON. The answer's JSON is read into out, if that is not nil.
func (e *Engine) call(ctx context.Context, method, path string, in, out any) error {
	body, kind := []byte(nil), "application/json"
	switch v := in.(type) {
	case nil:
	case []byte:
		body, kind = v, "application/x-tar"
	default:
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://engine"+e.api+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := e.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		var said struct{ Message string }
		if json.Unmarshal(data, &said) != nil || said.Message == "" {
			said.Message = resp.Status
		}
		return &Error{resp.StatusCode, said.Message}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

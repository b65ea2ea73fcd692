package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// answering is a socket at which GET /version is answered by a text.
func answering(t *testing.T, version string) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/version" {
			http.Error(w, `{"message": "not here"}`, http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, version)
	})}
	served := make(chan error)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return socket
}

func find(variables map[string]string) (*Engine, error) {
	return Find(context.Background(), func(name string) string { return variables[name] })
}

func TestFind(t *testing.T) {
	docker := answering(t, `{"Version": "28.2.2", "ApiVersion": "1.50", "MinAPIVersion": "1.24", "Os": "linux", "KernelVersion": "6.1", "Components": [{"Name": "Engine"}]}`)
	e, err := find(map[string]string{"DOCKER_HOST": "unix://" + docker})
	if err != nil || e.String() != "Docker 28.2.2 at unix://"+docker || e.api != "/v1.41" || e.Kernel != "6.1" {
		t.Errorf("%+v, %v", e, err)
	}
	podman := answering(t, `{"Version": "4.3.1", "ApiVersion": "1.40", "Os": "linux", "Components": [{"Name": "Podman Engine"}]}`)
	if e, err = At(context.Background(), podman); err != nil || e.String() != "Podman 4.3.1 at unix://"+podman || e.api != "/v1.40" {
		t.Errorf("%+v, %v", e, err)
	}
	for host, want := range map[string]string{
		"tcp://10.0.0.1:2375":  "may be on another machine",
		"ssh://me@there":       "may be on another machine",
		"unix://relative/sock": "may be on another machine",
		"unix://" + answering(t, `{"Version": "28", "ApiVersion": "1.50", "Os": "windows"}`): `runs on "windows"`,
		"unix://" + answering(t, `{"Version": "9", "ApiVersion": "2.0", "Os": "linux"}`):     `its API has version "2.0"`,
		"unix://" + answering(t, `<html>`):                                                   "ask the engine at",
		"unix:///not/here":                                                                   "there is no /not/here",
	} {
		if e, err := find(map[string]string{"DOCKER_HOST": host}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", host, e, err)
		}
	}
}

func TestSockets(t *testing.T) {
	all, err := sockets(func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": "/run/user/1000"}[name] })
	want := "[/var/run/docker.sock /run/user/1000/docker.sock /run/user/1000/podman/podman.sock /run/podman/podman.sock]"
	if err != nil || fmt.Sprint(all) != want {
		t.Errorf("%v, %v", all, err)
	}
}

func TestNegotiate(t *testing.T) {
	for _, test := range [][3]string{{"1.24", "1.50", "/v1.41"}, {"1.44", "1.52", "/v1.44"}, {"1.12", "1.38", "/v1.38"}, {"", "1.41", "/v1.41"}} {
		if got, err := negotiate(test[0], test[1]); err != nil || got != test[2] {
			t.Errorf("%v: %s, %v", test, got, err)
		}
	}
}

// The image is the same each time, so that an engine keeps one.
func TestImageIsTheSame(t *testing.T) {
	one, err := nothing()
	if err != nil {
		t.Fatal(err)
	}
	other, err := nothing()
	if err != nil || !bytes.Equal(one, other) {
		t.Errorf("two archives of %d and %d bytes differ, %v", len(one), len(other), err)
	}
}

// What an engine refuses is told in its words.
func TestRefusal(t *testing.T) {
	e, err := At(context.Background(), answering(t, `{"Version": "1", "ApiVersion": "1.41", "Os": "linux"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background(), Container{Name: "x", Argv: []string{"x"}}); err == nil || !strings.Contains(err.Error(), "bring an image to Docker 1 at unix://") || !strings.Contains(err.Error(), "not here") {
		t.Error(err)
	}
	if err := e.Remove(context.Background(), "x"); err != nil {
		t.Errorf("what is not there: %v", err)
	}
}

package awslocal_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// hurried serves a handler with little patience, on an address.
func hurried(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, listener := awslocal.Limited(h, l, 100*time.Millisecond)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A body that stands still ends; one that goes on arriving may take many times as long.
func TestABodyHasToGoOn(t *testing.T) {
	got := make(chan error, 1)
	address := hurried(t, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, err := io.Copy(io.Discard, req.Body)
		got <- err
	}))
	still := dial(t, address)
	if _, err := io.WriteString(still, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a body that stands still: %v", err)
	}

	slow := dial(t, address)
	if _, err := io.WriteString(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		<-time.After(20 * time.Millisecond) // the client's pace, twice the server's patience in all
		if _, err := io.WriteString(slow, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-got; err != nil {
		t.Errorf("a body that goes on: %v", err)
	}
}

// Once the body is there the answer takes as long as it takes.
func TestAnAnswerMayTakeLonger(t *testing.T) {
	address := hurried(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		select {
		case <-req.Context().Done():
			t.Error("the client counts as gone")
		case <-time.After(300 * time.Millisecond): // an operation that takes three times the server's patience
		}
		_, _ = io.WriteString(w, "done")
	}))
	answer, err := http.Post("http://"+address, "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "done" {
		t.Errorf("%q, %v", body, err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// Who does not read what it asked for holds the server's side no longer than the others.
func TestAnAnswerHasToBeRead(t *testing.T) {
	got := make(chan error, 1)
	address := hurried(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				got <- err
				return
			}
		}
	}))
	c := dial(t, address)
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// The head of a request is bounded: 431 of RFC 6585.
func TestAHeadIsBounded(t *testing.T) {
	c := dial(t, strings.TrimPrefix(awslocal.Start(t).URL(), "http://"))
	go func() {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 512<<10)+"\r\n\r\n")
	}()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %s", answer.Status)
	}
}

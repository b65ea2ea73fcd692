package balancer

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of a request. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html#http-headers-quotas
const (
	requestLine   = 16 << 10
	singleHeader  = 16 << 10
	entireHeader  = 64 << 10
	forwardedMax  = 30      // addresses in X-Forwarded-For
	traceIDLength = 7 << 10 // of X-Amzn-Trace-Id; a longer one is written anew
)

// refusal is the status of a request that goes nowhere; 0 where it goes on.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
func refusal(r *http.Request) int {
	switch {
	case len(r.Method)+len(r.RequestURI)+len(r.Proto)+2 > requestLine:
		return http.StatusRequestURITooLong
	case r.Method == http.MethodTrace, r.Method == http.MethodConnect:
		return http.StatusMethodNotAllowed
	}
	size := len("Host: \r\n") + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			line := len(name) + len(": \r\n") + len(v)
			if line > singleHeader {
				return http.StatusBadRequest
			}
			size += line
		}
	}
	if size > entireHeader {
		return http.StatusBadRequest
	}
	addresses := 0
	for _, v := range r.Header["X-Forwarded-For"] {
		addresses += 1 + strings.Count(v, ",")
	}
	if addresses > forwardedMax {
		return 463
	}
	return 0
}

// host is the Host header that a target gets. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation
func (l *listener) host(r *http.Request) string {
	if l.Attributes.PreserveHost || l.standardPort || r.Host == "" || hostname(r.Host) != r.Host {
		return r.Host
	}
	return r.Host + ":" + strconv.Itoa(l.Port)
}

// replaced tells whether a request's header gives way to the load balancer's own. It has said 100 Continue itself.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#request-routing
func replaced(name string) bool {
	switch name {
	case "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Amzn-Trace-Id", "Content-Length", "Expect":
		return true
	}
	return false
}

// writeForwardedFor writes X-Forwarded-For as the listener has it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
func (l *listener) writeForwardedFor(w *bufio.Writer, r *http.Request) {
	prior := r.Header["X-Forwarded-For"]
	switch l.Attributes.ForwardedFor {
	case "remove":
	case "preserve":
		for _, v := range prior {
			line(w, "X-Forwarded-For: ", v, "\r\n")
		}
	default:
		line(w, "X-Forwarded-For: ")
		for _, v := range prior {
			line(w, v, ", ")
		}
		client := r.RemoteAddr
		if host, _, err := net.SplitHostPort(client); err == nil && !l.Attributes.ForwardedForPort {
			client = host
		}
		line(w, client, "\r\n")
	}
}

// validName tells whether a header's name is of letters, digits and hyphens, as Elastic Load Balancing wants it.
func validName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isAlphanumeric(c) && c != '-' {
			return false
		}
	}
	return true
}

// trace is the X-Amzn-Trace-Id of a request that came with one, or without.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
func trace(came string, now time.Time) string {
	var raw [16]byte
	_, _ = rand.Read(raw[4:]) // never fails
	sec := uint32(now.Unix())
	raw[0], raw[1], raw[2], raw[3] = byte(sec>>24), byte(sec>>16), byte(sec>>8), byte(sec)
	var b [len("Root=1-01234567-0123456789abcdef01234567")]byte
	copy(b[:], "Root=1-")
	hex.Encode(b[7:], raw[:4])
	b[15] = '-'
	hex.Encode(b[16:], raw[4:])
	id := string(b[:])
	if came == "" || len(came) > traceIDLength || !strings.Contains(came, "Root=") {
		return id
	}
	kept := []string{"Self=" + id[len("Root="):]}
	for field := range strings.SplitSeq(came, ";") {
		if field = strings.TrimSpace(field); field != "" && !strings.HasPrefix(field, "Self=") {
			kept = append(kept, field)
		}
	}
	return strings.Join(kept, ";")
}

// prepare makes ready what is the same for each request of a listener.
func (l *listener) prepare() error {
	if l.Port < 1 || l.Port > 65535 {
		return fmt.Errorf("listener %s: port %d", l.Key, l.Port)
	}
	l.proto, l.standardPort = "http", l.Port == 80
	if l.HTTPS {
		l.proto, l.standardPort = "https", l.Port == 443
	}
	l.told = []string{"X-Forwarded-Proto: " + l.proto + "\r\n", "X-Forwarded-Port: " + strconv.Itoa(l.Port) + "\r\n"}
	return nil
}

package targets_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/stack"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

var (
	assignments = regexp.MustCompile(`^((?:[A-Z][A-Z0-9_]*=\S+ )*)(.*)$`)
	commandWord = regexp.MustCompile(`go tool mage|^aws |: aws `)
)

// advises looks at what every failure of every test says comes next: there is something; a command can be pasted as it
// stands; and the first one is not the run that has just failed, unless its cause passes.
func (w *world) advises(err error, vars map[string]string) {
	w.t.Helper()
	f, ok := errors.AsType[*console.Failure](err)
	if !ok {
		w.t.Errorf("%T is no failure: %v", err, err)
		return
	}
	if len(f.Next) == 0 {
		w.t.Errorf("nothing comes next:\n%v", err)
	}
	failed, _, _ := strings.Cut(f.What, ":")
	if namespace, rest, ok := strings.Cut(f.What, ":"); ok {
		method, _, _ := strings.Cut(rest, ":")
		failed = namespace + ":" + method
	}
	for i, next := range f.Next {
		line, _, _ := strings.Cut(next, "   #")
		if !commandWord.MatchString(line) {
			continue // words
		}
		m := assignments.FindStringSubmatch(line)
		if strings.ContainsAny(line, "<>…\n") || !strings.HasPrefix(m[2], "go tool mage ") && !strings.HasPrefix(m[2], "aws ") {
			w.t.Errorf("%q cannot be pasted:\n%v", next, err)
		}
		passes := slices.Contains([]console.Code{console.TimedOut, console.Interrupted, console.Conflict}, f.Code) || targets.IsPassing(f.Err)
		same := true
		for _, kv := range strings.Fields(m[1]) {
			k, v, _ := strings.Cut(kv, "=")
			same = same && vars[k] == v
		}
		if i == 0 && same && !passes && strings.TrimPrefix(strings.TrimSpace(m[2]), "go tool mage ") == failed {
			w.t.Errorf("what comes next is what has just failed, %q:\n%v", next, err)
		}
	}
}

// Which causes pass by themselves.
func TestCausesThatPass(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "m"} }
	answer := func(status int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: errors.New("answer")}
	}
	post := func(err error) error { return &url.Error{Op: "Post", URL: "http://x", Err: err} }
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"time is up", context.DeadlineExceeded, true},
		{"interrupted", context.Canceled, true},
		{"connection lost", post(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), true},
		{"answer cut off", post(io.ErrUnexpectedEOF), true},
		{"throttled", api("ThrottlingException"), true},
		{"too many requests", api("TooManyRequestsException"), true},
		{"fault of AWS", answer(500), true},
		{"unavailable", answer(503), true},
		{"busy", &stack.BusyError{}, true},

		{"nobody listens", post(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), false},
		{"port taken", &net.OpError{Op: "listen", Err: syscall.EADDRINUSE}, false},
		{"no such host", post(&net.DNSError{Err: "no such host", IsNotFound: true}), false},
		{"denied", api("AccessDenied"), false},
		{"validation", api("ValidationError"), false},
		{"environment", &cfn.EnvironmentError{Name: "x"}, false},
		{"stack failed", &stack.FailedError{}, false},
		{"any other", errors.New("x"), false},
		{"none", nil, false},
	} {
		for _, err := range []error{c.err, fmt.Errorf("do: %w", c.err)} {
			if c.err != nil && targets.IsPassing(err) != c.want {
				t.Errorf("%s: %v passes: %t", c.name, err, !c.want)
			}
		}
	}
}

func TestSteps(t *testing.T) {
	for text, want := range map[string][]string{
		"go tool mage service:status dev":                               {"go tool mage service:status dev"},
		"A=1 go tool mage x   # for y":                                  {"A=1 go tool mage x   # for y"},
		"raise Memory":                                                  {"raise Memory"},
		"deploy the infra stack: go tool mage infra:deploy dev":         {"go tool mage infra:deploy dev   # deploy the infra stack"},
		"push the image: SPLITECS_ENV=dev go tool mage image:push":      {"SPLITECS_ENV=dev go tool mage image:push   # push the image"},
		"remove what hinders it, then go tool mage infra:destroy dev":   {"remove what hinders it", "go tool mage infra:destroy dev"},
		"look at the alarm's metric: aws cloudwatch describe-alarms":    {"aws cloudwatch describe-alarms   # look at the alarm's metric"},
		"where public.ecr.aws is never reached: take a copy":            {"where public.ecr.aws is never reached: take a copy"},
		"open the way to a.dkr-ecr.eu-west-1.on.aws (VPN), or else":     {"open the way to a.dkr-ecr.eu-west-1.on.aws (VPN), or else"},
		"sign in with `aws sso login`, then run the same command again": {"sign in with `aws sso login`, then run the same command again"},
	} {
		if got := targets.Steps(text); !slices.Equal(got, want) {
			t.Errorf("%s: %s", text, cmp.Diff(want, got))
		}
	}
}

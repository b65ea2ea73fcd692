package awslocal_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/browser"
)

//go:embed testdata/browser/page.js
var attack []byte

const canary = "CANARY-of-the-browser"

// hostile is the server of a page, and stands between the browser and the embedded AWS to see what passes. By a name of
// the page's own it serves the page and hands on everything else, as after DNS rebinding.
type hostile struct {
	*httptest.Server
	naive bool // what tells a browser from a program is taken away: how it would be without a guard
	done  chan report

	mu   sync.Mutex
	seen map[string][]int // status by kind
}

// report of the page: what it could read, by kind, and what it tried.
type report struct {
	Read  map[string]string
	Tried []string
}

func newHostile(t *testing.T, target string, naive bool) *hostile {
	t.Helper()
	h := &hostile{naive: naive, done: make(chan report, 1), seen: map[string][]int{}}
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			query := r.Out.URL.Query()
			query.Del("k")
			r.Out.URL.RawQuery = query.Encode()
			if naive {
				r.Out.Host = to.Host
				for _, field := range []string{"Origin", "Referer", "Sec-Fetch-Site"} {
					r.Out.Header.Del(field)
				}
			}
		},
		ModifyResponse: func(answer *http.Response) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			kind, _ := answer.Request.Context().Value(kindKey{}).(string)
			h.seen[kind] = append(h.seen[kind], answer.StatusCode)
			return nil
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><body><script type="module" src="/page.js"></script>`)
	})
	mux.HandleFunc("/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(attack)
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, req.FormValue("to"), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/policy", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "img-src 'none'; report-uri "+req.FormValue("to"))
		_, _ = io.WriteString(w, `<!doctype html><img src="/x">`)
	})
	mux.HandleFunc("/favicon.ico", http.NotFound)
	mux.HandleFunc("/done", func(_ http.ResponseWriter, req *http.Request) {
		var r report
		if err := json.NewDecoder(req.Body).Decode(&r); err != nil {
			t.Error(err)
		}
		h.done <- r
	})
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		kind := req.URL.Query().Get("k")
		if kind == "" {
			mux.ServeHTTP(w, req)
			return
		}
		forward.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), kindKey{}, kind)))
	}))
	t.Cleanup(h.Close)
	return h
}

type kindKey struct{}

// kinds of requests that have reached the server.
func (h *hostile) kinds() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen)
}

// port that the page and everything else is served on.
func (h *hostile) port() string { return h.URL[strings.LastIndex(h.URL, ":")+1:] }

// visit lets a browser open a page of h and waits for its report.
func (h *hostile) visit(t *testing.T, page string) report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := browser.Command(ctx, t, browser.Find(t), "--disable-popup-blocking",
		// What browsers add to keep pages from loopback is not what is tried here: not all have it.
		"--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWarn,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,PrivateNetworkAccessForNavigations",
		"--host-resolver-rules=MAP *.page.test 127.0.0.1", "--remote-debugging-port=0", page)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}()
	select {
	case r := <-h.done:
		return r
	case <-ctx.Done():
		cancel()
		_ = cmd.Wait()
		t.Fatalf("the page does not report: %v\n%s", ctx.Err(), &said)
		return report{}
	}
}

// victim is an embedded AWS with a protected stack and a secret.
func victim(t *testing.T) *awslocal.Test {
	t.Helper()
	server := awslocal.Start(t)
	_, err := cloudformation.NewFromConfig(server.Config()).CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: aws.String("victim"), EnableTerminationProtection: aws.Bool(true),
		TemplateBody: aws.String(`{"Description":"` + canary + `","Resources":{"L":{"Type":"AWS::Logs::LogGroup"}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = secretsmanager.NewFromConfig(server.Config()).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("canary"), SecretString: aws.String(canary)})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// tries lets pages of other origins, and one whose name leads to the server, try everything.
func tries(t *testing.T, h *hostile) (read map[string]string, tried []string) {
	t.Helper()
	read = map[string]string{}
	same := "http://rebound.page.test:" + h.port()
	for _, page := range []string{
		"http://www.page.test:" + h.port() + "/page?target=http://127.0.0.1:" + h.port(),
		same + "/page?same&target=" + same,
	} {
		r := h.visit(t, page)
		maps.Copy(read, r.Read)
		tried = append(tried, r.Tried...)
	}
	return read, tried
}

// A page of another origin, and one that a name makes of the same, make a browser send all it can: each request is refused,
// nothing can be read, and nothing is carried out.
func TestABrowserGetsNothing(t *testing.T) {
	t.Parallel()
	server := victim(t)
	before := len(server.Calls())
	h := newHostile(t, server.URL(), false)
	read, tried := tries(t, h)
	for again := 0; again < 2 && h.kinds() < 60; again++ { // the page gives each request 4 s, which a busy machine does not
		more, _ := tries(t, h)
		for kind, text := range more {
			read[kind] += text
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	requests := 0
	for kind, answers := range h.seen {
		requests += len(answers)
		for _, status := range answers {
			if status != http.StatusForbidden {
				t.Errorf("%s: answered with %d", kind, status)
			}
		}
	}
	for kind, text := range read {
		if !strings.Contains(kind, "same: ") {
			t.Errorf("%s: a page of another origin reads %q", kind, text)
		}
		if strings.Contains(text, canary) || !strings.Contains(text, "403 ") && !strings.Contains(text, "the embedded AWS is not called") {
			t.Errorf("%s: reads %q", kind, text)
		}
	}
	if got := server.Calls()[before:]; len(got) > 0 {
		t.Errorf("carried out: %q", got)
	}
	if unsent := slices.DeleteFunc(slices.Clone(tried), func(kind string) bool { return len(h.seen[kind]) > 0 }); len(unsent) > 0 {
		t.Logf("the browser itself does not send: %q", unsent)
	}
	t.Logf("%d kinds of request, %d requests", len(h.seen), requests)
	if len(h.seen) < 60 {
		t.Errorf("only %d kinds of request reached the server: %q", len(h.seen), slices.Sorted(maps.Keys(h.seen)))
	}
}

// The same pages, where nothing tells a browser from a program: they change and read what they like. So the test above
// would notice.
func TestABrowserGetsEverythingWithoutAGuard(t *testing.T) {
	t.Parallel()
	server := victim(t)
	before := len(server.Calls())
	h := newHostile(t, server.URL(), true)
	read, _ := tries(t, h)
	var canaries []string
	for kind, text := range read {
		if strings.Contains(text, canary) {
			canaries = append(canaries, kind)
		}
	}
	carriedOut := map[string]int{}
	for _, call := range server.Calls()[before:] {
		carriedOut[call]++
	}
	slices.Sort(canaries)
	t.Logf("carried out: %v; read: %q", carriedOut, canaries)
	if carriedOut["cloudformation:UpdateTerminationProtection"] == 0 || carriedOut["secretsmanager:GetSecretValue"] == 0 || len(canaries) == 0 {
		t.Error(fmt.Sprint("the pages got nothing even without a guard: ", carriedOut, canaries))
	}
}

package targets_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"sync/atomic"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// Two pipelines at once, on an account in which there is nothing, and on one in which something changes: at each moment at which
// the one could be hit, the other runs a whole target. Both end well, and nobody is told to mend anything.
func TestTwoPipelinesAtOnce(t *testing.T) {
	moments := []string{"CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet"}
	infraDeploy, infraDiff := in("dev", targets.Set.InfraDeploy), in("dev", targets.Set.InfraDiff)
	for name, other := range map[string]func(targets.Set, context.Context) error{"deploy": infraDeploy, "diff": infraDiff} {
		for _, moment := range moments {
			for _, first := range []bool{true, false} {
				t.Run(name+" at "+moment, func(t *testing.T) {
					one, two := newWorld(t), newWorld(t)
					server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Region: one.app.Region, Speed: 2000})
					must(t, err)
					defer server.Close()
					awsEnvironment(t, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
					at := func(w *world, url string) { t.Setenv("AWS_ENDPOINT_URL", url); w.env["AWS_ENDPOINT_URL"] = url }
					var armed atomic.Bool
					hit := false
					through := between(t, server.URL(), moment, func() {
						if armed.CompareAndSwap(true, false) {
							hit = true
							at(two, server.URL())
							two.run(other)
						}
					})
					at(one, through)
					if !first {
						one.run(infraDeploy)
						one.want(0)
						more := cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2, LogRetentionDays: 90}
						one.app.Environments["dev"], two.app.Environments["dev"] = more, more
					}
					armed.Store(true)
					one.run(infraDeploy)
					one.want(0)
					two.want(0)
					if !hit {
						t.Error("nobody came in between")
					}
					one.run(infraDeploy)
					one.want(0, "nothing to change")
				})
			}
		}
	}
}

// between is the address of a proxy before a server, which does something before it passes on a request for an operation.
func between(t *testing.T, url, operation string, do func()) string {
	t.Helper()
	target, err := neturl.Parse(url)
	must(t, err)
	pass := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if form, err := neturl.ParseQuery(string(body)); err == nil && form.Get("Action") == operation {
			do()
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.Host = target.Host
		pass.ServeHTTP(w, req)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// A look beside a creation that is under way says that something is under way, and does not advise to deploy.
func TestALookBesideACreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.leave(infraDeploy, "CREATE_IN_PROGRESS")
	w.run(infraDiff)
	w.want(11, "is CREATE_IN_PROGRESS", "next: go tool mage infra:status local")
}

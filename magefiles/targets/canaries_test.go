package targets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/canaries"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// talkative is an embedded AWS that says more than it should: whatever people read of an answer, reasons, descriptions,
// messages, lines of logs, has canaries behind it.
type talkative struct {
	mu   sync.Mutex
	said string // as it is put into the answers
}

// elements and members are what people read of an answer in XML and in JSON.
var (
	elements = regexp.MustCompile(`(<(ResourceStatusReason|StackStatusReason|StatusReason|Reason|Description|ExecutionStatusReason|DetailedStatusReason)>)([^<]*)(</)`)
	members  = []string{"message", "Message", "stoppedReason", "reason", "statusReason", "rolloutStateReason", "failureReason"}
)

func (a *talkative) rewrite(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch kind := resp.Header.Get("Content-Type"); {
	case a.said == "":
	case strings.Contains(kind, "xml"):
		var escaped bytes.Buffer
		if err := xml.EscapeText(&escaped, []byte(a.said)); err != nil {
			return err
		}
		body = elements.ReplaceAll(body, []byte("${1}${3} "+strings.ReplaceAll(escaped.String(), "$", "$$")+"${4}"))
		// A reason stands where AWS gave none, too, and an output that nobody asked for.
		reason := "<ResourceStatusReason>" + strings.ReplaceAll(escaped.String(), "$", "$$") + "</ResourceStatusReason></member>"
		body = regexp.MustCompile(`(</ResourceStatus>)</member>`).ReplaceAll(body, []byte("${1}"+reason))
	case strings.Contains(kind, "json"):
		var v any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if d.Decode(&v) != nil {
			break
		}
		if body, err = json.Marshal(a.saying(v)); err != nil {
			return err
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	resp.Header.Del("X-Amz-Crc32")
	return nil
}

func (a *talkative) saying(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = a.saying(v[i])
		}
	case map[string]any:
		for k, inner := range v {
			if s, ok := inner.(string); ok && slices.Contains(members, k) {
				v[k] = s + " " + a.said
				continue
			}
			v[k] = a.saying(inner)
		}
	}
	return v
}

// tell lets it say these from now on.
func (a *talkative) tell(list []canaries.Canary) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []string
	for _, c := range list {
		lines = append(lines, c.Text)
	}
	a.said = strings.Join(lines, "\n")
}

// watched are targets that people run, and with what they may end.
var watched = []struct {
	name  string
	f     func(targets.Set, context.Context) error
	short bool // also where time is short
}{
	{"infra:diff", in("dev", targets.Set.InfraDiff), false},
	{"service:diff", in("dev", targets.Set.ServiceDiff), true},
	{"service:verify", in("dev", targets.Set.ServiceVerify), false},
	{"service:deploy", in("dev", targets.Set.ServiceDeploy), true}, // which fails
	{"infra:status", in("dev", targets.Set.InfraStatus), true},
	{"service:status", in("dev", targets.Set.ServiceStatus), true},
	{"service:history", in("dev", targets.Set.ServiceHistory), false},
	{"service:logs", in("dev", targets.Set.ServiceLogs), true},
	{"service:run", func(t targets.Set, ctx context.Context) error { return t.ServiceRun(ctx, "dev", "true") }, false},
	{"infra:deploy", in("dev", targets.Set.InfraDeploy), false},
	{"image:list", in("dev", targets.Set.ImageList), false},
}

// Whatever AWS, programs, variables, tags and secrets say, no canary is in what whole targets write, or in what they leave in AWS
// beside what was asked for. SPLITECS_CANARIES=full tries every kind under many names; the short form a part of them.
func TestCanaries(t *testing.T) {
	seed, underNames, batch := uint64(2), 1, 40
	full := os.Getenv("SPLITECS_CANARIES") == "full"
	if full {
		seed, underNames, batch = rand.Uint64(), 10, 100
	}
	all := canaries.All(rand.New(rand.NewPCG(seed, 0)), underNames)
	if !full {
		all = all[:batch]
	}
	w, server, says := leaking(t, all)
	placed := 0
	for from := 0; from < len(all); from += batch {
		part := all[from:min(from+batch, len(all))]
		says.tell(part)
		w.app.Container.Variables, w.app.Tags = variablesOf(part)
		for _, target := range watched {
			if !full && !target.short {
				continue
			}
			must(t, server.Rehearse("exit:3"))
			for form, set := range forms {
				placed += w.leaksNothing(target.name+" in the form "+form, target.f, part, set)
			}
		}
	}
	t.Logf("%d canaries in %d placements, seed %d", len(all), placed, seed)
	if placed < 400 || full && placed < 5000 {
		t.Errorf("only %d of them came where they could be seen", placed)
	}
}

// leaking is a world in dev, with a service that runs, an AWS that says what it is told to, and a repository whose remote, commit
// and lock file have canaries, which are in nothing that was made from them.
func leaking(t *testing.T, all []canaries.Canary) (*world, *awslocal.Server, *talkative) {
	t.Helper()
	w := newWorld(t)
	dir := t.TempDir()
	server, err := awslocal.Open(awslocal.Options{Dir: dir, Region: w.app.Region, Speed: 5000})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	address, err := url.Parse(server.URL())
	must(t, err)
	says := &talkative{}
	proxy := httputil.NewSingleHostReverseProxy(address)
	proxy.ModifyResponse = says.rewrite
	between := httptest.NewServer(proxy)
	t.Cleanup(between.Close)

	const own = "cA9processwide"
	awsEnvironment(t, "AWS_ENDPOINT_URL="+between.URL, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY="+own+"1")
	w.env["AWS_ENDPOINT_URL"], w.env["AWS_SECRET_ACCESS_KEY"], w.env["GITHUB_TOKEN"] = between.URL, own+"1", own+"2"
	w.env["SPLITECS_ENV"] = "dev"
	w.write("app/package-lock.json", `{"name":"app","lockfileVersion":3,"packages":{"node_modules/x":{"version":"1.0.0","resolved":"https://u:cA9lockfile@npm.example/x.tgz?token=cA9locktoken"}}}`)
	w.write("app/node_modules/x/package.json", `{"name":"x","version":"1.0.0","_resolved":"https://u:cA9lockfile@npm.example/x.tgz"}`)
	runGit(t, w.dir, "init", "-q", "-b", "main")
	runGit(t, w.dir, "add", ".")
	runGit(t, w.dir, "-c", "user.name=cA9author", "-c", "user.email=cA9author@example.com", "commit", "-q", "-m", "DB_PASSWORD=cA9message")
	runGit(t, w.dir, "remote", "add", "origin", "https://ci:cA9remote@git.example/x/y.git?private_token=cA9query")
	secrets, err := secretsmanager.NewFromConfig(server.Config()).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("shop/db"), SecretString: aws.String(`{"password":"cA9secret"}`),
	})
	must(t, err)
	dev := w.app.Environments["dev"]
	dev.Secrets = map[string]string{"LOGIN": *secrets.ARN + ":password::"}
	w.app.Environments["dev"] = dev

	w.run(in("dev", targets.Set.InfraDeploy))
	w.want(0)
	w.run(imagePush)
	w.want(0)
	left := filesWith(t, "cA9", dir, w.env["SPLITECS_CACHE"])
	if len(left) != 1 || !strings.Contains(left[0], "cA9secret") {
		t.Errorf("what was made has %q, and should have the secret alone, where it is kept", left)
	}
	if len(filesWith(t, "pkg:npm/x@", dir)) == 0 || len(filesWith(t, "image.revision", dir)) == 0 {
		t.Error("neither the bill of materials nor the labels were looked at")
	}
	w.run(in("dev", targets.Set.ServiceDeploy))
	w.want(0)
	return w, server, says
}

// filesWith are the words with a beginning that files below folders have as they are.
func filesWith(t *testing.T, beginning string, dirs ...string) (words []string) {
	t.Helper()
	word := regexp.MustCompile(beginning + `[a-z0-9]*`)
	for _, dir := range dirs {
		must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			for _, w := range word.FindAll(content, -1) {
				words = append(words, string(w))
			}
			return err
		}))
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// variablesOf have a canary for each value, under names that say so and under others.
func variablesOf(part []canaries.Canary) (variables, tags map[string]string) {
	variables, tags = map[string]string{}, map[string]string{}
	for i, c := range part {
		value := "cA9" + strings.Join(c.Parts, "") // capitals alone could be a word
		variables[[]string{"DB_PASS", "STRIPE_KEY", "ENDPOINT", "GREETING"}[i%4]+"_"+strconv.Itoa(i)] = value
		if i%20 == 0 {
			tags["password-"+strconv.Itoa(i/20)] = value
		}
	}
	return variables, tags
}

// leaksNothing runs a target and looks for canaries in all that it writes. It returns in how many places one could have been seen.
func (w *world) leaksNothing(what string, f func(targets.Set, context.Context) error, part []canaries.Canary, set []string) (placed int) {
	w.t.Helper()
	summary := filepath.Join(w.t.TempDir(), "summary.md")
	w.run(f, append(set, "GITHUB_STEP_SUMMARY="+summary)...)
	markdown, err := os.ReadFile(summary)
	must(w.t, err)
	for place, written := range map[string]string{"stdout": w.out.String(), "stderr": w.err.String(), "summary": string(markdown)} {
		for i, c := range part {
			if strings.Contains(written, c.Marker+" ") || strings.Contains(written, "_"+strconv.Itoa(i)+"]") {
				placed++
			}
			if parts := c.Seen(written); len(parts) > 0 {
				at := strings.Index(written, parts[0])
				w.t.Fatalf("%s, %s: %q is seen of %q in …%s…", what, place, parts, c.Text, written[max(0, at-300):min(len(written), at+100)])
			}
		}
		if own := regexp.MustCompile(`cA9(processwide|secret|remote|query|message|author|lock)`).FindString(written); own != "" {
			w.t.Fatalf("%s, %s: %s is in\n%s", what, place, own, written)
		}
	}
	return placed
}

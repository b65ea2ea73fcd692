package targets_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// verdicts are failures as they are rehearsed, by the signature that is to be recognised.
var verdicts = map[string]struct {
	scenario string
	app      func(*cfn.App) // what both revisions have
	release  func(*cfn.App) // what the second revision changes
}{
	"image-not-found":      {scenario: "no-pull"},
	"image-platform":       {scenario: "no-pull:platform"},
	"image-layers":         {scenario: "no-pull:layers"},
	"disk-full":            {scenario: "no-pull:disk"},
	"pull-limit":           {scenario: "no-pull:limit"},
	"registry-unknown":     {scenario: "no-pull:dns"},
	"registry-denied":      {scenario: "no-pull:denied"},
	"registry-unreachable": {scenario: "no-pull:route"},

	"role-assume":          {scenario: "no-role"},
	"program-denied":       {scenario: "no-start:denied"},
	"program-missing":      {scenario: "no-start:missing", release: withCommand("/app/serve")},
	"user-missing":         {scenario: "no-start:user", release: func(a *cfn.App) { a.Container.User = "node" }},
	"secret-key":           {scenario: "no-secret:key", app: secrets(map[string]string{"PASSWORD": secretARN}), release: secrets(map[string]string{"PASSWORD": secretARN + ":pasword::"})},
	"secret-undecryptable": {scenario: "no-secret:kms", app: secrets(map[string]string{"PASSWORD": secretARN})},
	"secret-denied":        {scenario: "no-secret:denied", release: secrets(map[string]string{"PASSWORD": secretARN})},
	"secret-valueless":     {scenario: "no-secret:value", release: secrets(map[string]string{"PASSWORD": secretARN})},
	"secret-missing":       {scenario: "no-secret:missing", release: secrets(map[string]string{"PASSWORD": secretARN})},
	"secret-unreachable":   {scenario: "no-secret:route", app: secrets(map[string]string{"PASSWORD": secretARN})},
	"parameter-missing":    {scenario: "no-secret", release: secrets(map[string]string{"PASSWORD": parameterARN})},
	"log-group-missing":    {scenario: "no-logs"},
	"logs-denied":          {scenario: "no-logs:denied"},
	"logs-unreachable":     {scenario: "no-logs:route"},

	"health-redirect":     {scenario: "unhealthy:307"},
	"health-denied":       {scenario: "unhealthy:401"},
	"health-not-found":    {scenario: "unhealthy:404"},
	"health-error":        {scenario: "unhealthy:500"},
	"health-code":         {scenario: "unhealthy:204"},
	"health-timeout":      {scenario: "hang", release: func(a *cfn.App) { size(a, 512, 1024) }},
	"loopback":            {scenario: "loopback", app: withVariables("HOSTNAME", "0.0.0.0"), release: withVariables()},
	"wrong-port":          {scenario: "port:8080", app: withVariables("PORT", "3000"), release: withVariables("PORT", "8080")},
	"slow-start":          {scenario: "slow:115s"},
	"no-answer":           {scenario: "deaf"},
	"container-unhealthy": {scenario: "sick", release: func(a *cfn.App) { a.Container.HealthCheckCommand = []string{"CMD", "/app/server", "-healthy"} }},

	"architecture":       {scenario: "exec-format"},
	"out-of-memory":      {scenario: "oom", app: func(a *cfn.App) { size(a, 256, 1024) }, release: func(a *cfn.App) { size(a, 256, 512) }},
	"heap-exhausted":     {scenario: "crash:FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"},
	"variable-removed":   {scenario: "crash:Error: DATABASE_URL is not set", app: withVariables("DATABASE_URL", "postgres://db/shop", "LOG", "info"), release: withVariables("LOG", "debug")},
	"variable-missing":   {scenario: "crash:Error: missing required environment variable STRIPE_KEY"},
	"port-in-use":        {scenario: "crash:Error: listen EADDRINUSE: address already in use :::3000"},
	"not-writable":       {scenario: "crash:Error: EACCES: permission denied, mkdir '/app/db'", app: func(a *cfn.App) { a.Container.WritableRootFilesystem, a.Container.User = true, "1000" }},
	"read-only":          {scenario: "crash:Error: ENOENT: no such file or directory, mkdir '/app/db'", app: func(a *cfn.App) { a.Container.WritableRootFilesystem = true }, release: func(a *cfn.App) { a.Container.WritableRootFilesystem = false }},
	"module-missing":     {scenario: "crash:node:internal/modules/cjs/loader:1228|Error: Cannot find module 'next'"},
	"name-unresolved":    {scenario: "crash:Error: getaddrinfo ENOTFOUND db.internal"},
	"login-refused":      {scenario: "crash:error: password authentication failed for user \"shop\"", app: secrets(map[string]string{"PASSWORD": secretARN}), release: secrets(map[string]string{"PASSWORD": secretARN + ":old::"})},
	"certificate":        {scenario: "crash:Error: self-signed certificate in certificate chain"},
	"connection-refused": {scenario: "crash:Error: connect ECONNREFUSED 127.0.0.1:5432"},
	"connection-timeout": {scenario: "crash:Error: connect ETIMEDOUT 10.0.3.17:5432"},
	"file-denied":        {scenario: "crash:Error: EACCES: permission denied, open '/app/data'"},
	"file-missing":       {scenario: "crash:Error: ENOENT: no such file or directory, open '/app/config.json'"},
	"command-missing":    {scenario: "exit:127"},
	"command-denied":     {scenario: "exit:126"},
	"killed":             {scenario: "exit:137"},
	"crashed":            {scenario: "exit:139"},
	"ended":              {scenario: "exit:0", release: withCommand("/app/server", "-daemon")},
	"exited-at-start":    {scenario: "exit:3", app: withVariables("API_TOKEN", "one"), release: withVariables("API_TOKEN", "two")},
	"exited":             {scenario: "exit-after:10s:3", app: func(a *cfn.App) { a.Container.HealthCheckCommand = []string{"CMD", "/app/server", "-healthy"} }},

	"capacity":   {scenario: "no-place"},
	"quota":      {scenario: "no-place:quota"},
	"size-limit": {scenario: "no-place:size", release: func(a *cfn.App) { size(a, 16384, 32768) }},
	"addresses":  {scenario: "no-place:addresses"},
	"spot":       {scenario: "spot", app: spot},

	"superseded": {scenario: "superseded"},
}

const (
	secretARN    = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop-AbCdEf"
	parameterARN = "arn:aws:ssm:ap-southeast-1:000000000000:parameter/shop/password"
)

// dev changes the environment that local is made of.
func dev(a *cfn.App, change func(*cfn.Environment)) {
	a.Environments = maps.Clone(a.Environments)
	e := a.Environments["dev"]
	change(&e)
	a.Environments["dev"] = e
}

func secrets(list map[string]string) func(*cfn.App) {
	return func(a *cfn.App) { dev(a, func(e *cfn.Environment) { e.Secrets = list }) }
}

func size(a *cfn.App, cpu, memory int) {
	dev(a, func(e *cfn.Environment) { e.CPU, e.Memory = cpu, memory })
}

func spot(a *cfn.App) { dev(a, func(e *cfn.Environment) { e.Spot = true }) }

func withCommand(words ...string) func(*cfn.App) {
	return func(a *cfn.App) { a.Container.Command = words }
}

func withVariables(pairs ...string) func(*cfn.App) {
	return func(a *cfn.App) {
		a.Container.Variables = map[string]string{}
		for pair := range slices.Chunk(pairs, 2) {
			a.Container.Variables[pair[0]] = pair[1]
		}
	}
}

// TestVerdicts deploys each failure with the whole target and compares how it ends, word for word.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	base := newWorld(t).timed()
	bare := base.app
	secrets(map[string]string{"PASSWORD": secretARN, "PARAMETER": parameterARN})(&base.app) // the infra stack grants access to both
	base.infra()
	base.app = bare
	base.push("v1")
	base.write("app/server.txt", "version 2")
	base.push("v2")
	deployed := base.copied(t)
	deployed.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	deployed.want(0)
	for name, v := range spread.Table(t, 8, verdicts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := deployed.copied(t)
			if v.app != nil { // the first revision is another one too
				w = base.copied(t)
				v.app(&w.app)
				w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
				w.want(0)
			}
			if v.release != nil {
				v.release(&w.app)
			}
			w.run(serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO="+v.scenario)
			w.want(7, "why:  "+name+": ")
			golden(t, filepath.Join("testdata", "verdicts", name+".txt"), failure(w.err.String()))
		})
	}
}

func TestEveryGoldenVerdictIsTested(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "verdicts", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".txt"); verdicts[name].scenario == "" {
			t.Errorf("no test writes %s", file)
		}
	}
}

// copied is a machine with the same embedded AWS as far as it has come.
func (w *world) copied(t *testing.T) *world {
	t.Helper()
	c := newWorld(t).timed()
	c.clock = awslocal.NewClock(w.clock.Now())
	if err := os.CopyFS(c.env["SPLITECS_LOCAL_DIR"], os.DirFS(w.env["SPLITECS_LOCAL_DIR"])); err != nil {
		t.Fatal(err)
	}
	return c
}

// passing are what differs from run to run: identifiers and times.
var passing = []struct {
	form *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`sha256:[0-9a-f]{12,64}`), "sha256:DIGEST"},
	{regexp.MustCompile(`task [0-9a-f]{8} `), "task TASK "},
	{regexp.MustCompile(`[0-9a-f]{32}`), "ID"},
	{regexp.MustCompile(`(ecs-svc|service-deployment[^ ]*)/[0-9]+`), "$1/ID"},
	{regexp.MustCompile(`(targetgroup/[^/ ]+)/[0-9a-f]+`), "$1/ID"},
	{regexp.MustCompile(`targetgroup/[^/ ]+`), "targetgroup/NAME"},
	{regexp.MustCompile(`subnet-[0-9a-f]+`), "subnet-ID"},
	{regexp.MustCompile(`10\.0\.1[0-9]{2}\.[0-9]+`), "10.0.0.1"},
	{regexp.MustCompile(`arn:aws:cloudformation:[^ )]+`), "STACK"},
	{regexp.MustCompile(`ShopEcs[A-Za-z]+-local-[A-Za-z0-9-]+`), "ROLE"},
	{regexp.MustCompile(`RequestToken: [0-9a-f-]+`), "RequestToken: ID"},
	// Whether these are seen depends on when the machine finds time to look.
	{regexp.MustCompile(`(?m)^.*\| \[embedded AWS\] received SIGTERM, stopping\n`), ""},
	{regexp.MustCompile(`(?m)^  seen: target .*\n`), ""},
}

// failure is the error with which a target ends, without what differs from run to run.
func failure(stderr string) string {
	text := stderr[strings.LastIndex(stderr, "\nError: ")+1:]
	for _, p := range passing {
		text = p.form.ReplaceAllString(text, p.with)
	}
	return text
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -update writes it\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

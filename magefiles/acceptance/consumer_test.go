package acceptance_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// newConsumer is a user in the folder of a module that has these files and imports this one.
func newConsumer(t *testing.T, files map[string]string) user {
	t.Helper()
	u := newUser(t)
	// The requirements of this module, so that nothing is looked up; this module itself from its folder.
	u.set = []string{"GOPROXY=off"}
	u.dir = t.TempDir()
	consumer := strings.Replace(read(t, "go.mod"), "module "+module, "module example.com/orders", 1) +
		"\nrequire " + module + " v0.0.0\nreplace " + module + " => " + root + "\n"
	u.write("go.mod", consumer)
	u.write("go.sum", read(t, "go.sum"))
	for name, content := range files {
		u.write(name, content)
	}
	return u
}

// compiles the magefile of the folder.
func (u user) compiles() (program string) {
	u.t.Helper()
	program = filepath.Join(u.t.TempDir(), "mage.exe")
	if out, errs, code := u.mage("-compile", program); code != 0 {
		u.t.Fatal(out, errs)
	}
	return program
}

func (u user) write(name, content string) {
	u.t.Helper()
	file := filepath.Join(u.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		u.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		u.t.Fatal(err)
	}
}

// So is the magefile in the package's own documentation: it compiles as it stands there.
func TestThePackageDocsMagefile(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), inRepository("magefile.go"), nil, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(file.Doc.Text(), "A whole magefile (magefiles/magefile.go):\n")
	var magefile strings.Builder
	for line := range strings.Lines(rest) {
		text, code := strings.CutPrefix(line, "\t")
		if !code && strings.TrimSpace(line) != "" {
			break
		}
		magefile.WriteString(text)
	}
	if !strings.HasPrefix(strings.TrimSpace(magefile.String()), "//go:build mage\n\npackage main\n") {
		t.Fatalf("the package documentation has no magefile:\n%s", &magefile)
	}
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": strings.TrimSpace(magefile.String()) + "\n"})
	out, errs, code := u.mage("infra:synth", "dev")
	if code != 0 || !strings.Contains(out, "shop-dev") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

// ordersMagefile is another application than Bellyfed: its own names, region and processor, a network that is made in
// one environment and brought in the other.
const ordersMagefile = `//go:build mage

package main

import (
	//mage:import
	"github.com/bellyfed/splitecs"
)

func init() {
	splitecs.Use(splitecs.App{
		Name: "orders", Region: "eu-north-1", DefaultEnvironment: "staging",
		Image:     splitecs.ImageSource{Source: "./cmd/orders"},
		Container: splitecs.Container{Port: 8080, HealthCheckPath: "/up"},
		Environments: map[string]splitecs.Environment{
			"staging": {
				CPU: 256, Memory: 512, Architecture: splitecs.ARM64,
				Network: splitecs.Network{CIDR: "10.40.0.0/20"},
			},
			"live": {
				CPU: 512, Memory: 1024, MinTasks: 2, MaxTasks: 6,
				Network: splitecs.Network{
					VPCID:            "vpc-0123456789abcdef0",
					PublicSubnetIDs:  []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"},
					PrivateSubnetIDs: []string{"subnet-0123456789abcdef2", "subnet-0123456789abcdef3"},
				},
			},
		},
	})
}
`

// ordersProgram is its source. The embedded AWS does not run it.
const ordersProgram = `package main

import (
	"os"
	"os/signal"
)

func main() {
	println("orders, version 1")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}
`

// Another application in a module of its own: from the listing to a release, another one, and back.
func TestAnotherApplicationInAConsumersModule(t *testing.T) {
	t.Parallel()
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": ordersMagefile, "cmd/orders/main.go": ordersProgram})
	out, errs, code := u.mage("-l")
	if code != 0 || !strings.Contains(out, "infra:deploy") || strings.Contains(out, "nextJS") {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errs)
	}
	program := u.compiles()
	out, errs, code = u.run(nil, program, "local:up")
	u.wants(0, out, errs, code, "OrdersEcsServiceStack-local: CREATE_COMPLETE")
	if !strings.Contains(out, "orders-local-service:1: COMPLETED") {
		t.Errorf("stdout does not show the deployment:\n%s", out)
	}
	out, errs, code = u.run(nil, program, "infra:synth", "live")
	if code != 0 || strings.Contains(out, "AWS::EC2::VPC\n") || !strings.Contains(out, "vpc-0123456789abcdef0") || !strings.Contains(out, "orders-live") {
		t.Errorf("exit code %d, want a template in the network that was brought\n%s\n%s", code, out, errs)
	}

	server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Region: "eu-north-1", Speed: 10000})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	account := []string{"AWS_ENDPOINT_URL=" + server.URL(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	run := func(said string, set []string, args ...string) string {
		t.Helper()
		out, errs, code := u.run(append(set, account...), program, args...)
		u.wants(0, out, errs, code, said)
		return out
	}
	out = run("OrdersEcsInfraStack-staging: CREATE_COMPLETE", nil, "infra:deploy", "staging")
	if !strings.Contains(out, "RepositoryName=orders-staging\n") || !strings.Contains(out, "Provides=port=8080\n") {
		t.Errorf("the outputs are\n%s", out)
	}
	first := strings.TrimSpace(run("", []string{"SPLITECS_TAG=v1"}, "image:push"))
	if architecture := architectureOf(t, server, first); architecture != "linux/arm64" {
		t.Errorf("%s is for %s, and staging runs on ARM64", first, architecture)
	}
	run("OrdersEcsServiceStack-staging: CREATE_COMPLETE", []string{"SPLITECS_IMAGE=v1"}, "service:deploy", "staging")

	u.write("cmd/orders/main.go", strings.Replace(ordersProgram, "version 1", "version 2", 1))
	second := strings.TrimSpace(run("", []string{"SPLITECS_TAG=v2"}, "image:push"))
	if first == second {
		t.Errorf("both versions are %s", first)
	}
	run("OrdersEcsServiceStack-staging: UPDATE_COMPLETE", []string{"SPLITECS_IMAGE=v2"}, "service:deploy", "staging")
	runs := func(revision, reference string) {
		t.Helper()
		out := run("", nil, "service:status", "staging")
		if !strings.Contains(out, "PRIMARY orders-staging-service:"+revision+": COMPLETED") || !strings.Contains(out, "image     "+reference) {
			t.Errorf("want revision %s with %s:\n%s", revision, reference, out)
		}
	}
	runs("2", second)
	run("orders-staging-service:1", nil, "service:rollback", "staging")
	runs("1", first)
}

// architectureOf is what an image in the embedded AWS's registry says it is made for.
func architectureOf(t *testing.T, server *awslocal.Server, reference string) string {
	t.Helper()
	repository, _, _ := strings.Cut(reference, "@")
	access := image.NewECR(ecr.NewFromConfig(server.Config()), repository, nil).Access(image.NewTransport(nil))
	pulled, err := image.Pull(t.Context(), reference, access)
	if err != nil {
		t.Fatal(err)
	}
	config, err := pulled.Artifact.(v1.Image).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config.Platform().String()
}

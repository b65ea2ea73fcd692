package awslocal_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/preflight"
)

var update = flag.Bool("update", false, "rewrite golden files and generated texts")

// clients of the SDK that this module uses, by the name of the service in the embedded AWS; their packages are
// found by the type.
var clients = map[string]reflect.Type{
	"cloudformation":          reflect.TypeFor[*cloudformation.Client](),
	"ecs":                     reflect.TypeFor[*ecs.Client](),
	"ecr":                     reflect.TypeFor[*ecr.Client](),
	"elasticloadbalancing":    reflect.TypeFor[*elb.Client](),
	"logs":                    reflect.TypeFor[*cloudwatchlogs.Client](),
	"application-autoscaling": reflect.TypeFor[*applicationautoscaling.Client](),
	"iam":                     reflect.TypeFor[*iam.Client](),
	"secretsmanager":          reflect.TypeFor[*secretsmanager.Client](),
	"ssm":                     reflect.TypeFor[*ssm.Client](),
	"sts":                     reflect.TypeFor[*sts.Client](),
}

// possible are the operations that the clients can send.
func possible() []string {
	var all []string
	for service, client := range clients {
		for i := range client.NumMethod() {
			m := client.Method(i)
			// func(*Client, context.Context, *XInput, ...func(*Options)) (*XOutput, error)
			if m.Type.NumIn() == 4 && m.Type.NumOut() == 2 && strings.HasSuffix(m.Type.In(2).String(), "."+m.Name+"Input") {
				all = append(all, service+":"+m.Name)
			}
		}
	}
	// The client of EC2 is not the SDK's: its methods are what it can send.
	for m := range reflect.TypeFor[preflight.EC2]().Methods() {
		all = append(all, "ec2:"+m.Name)
	}
	slices.Sort(all)
	return all
}

// golden compares a text with a file, or rewrites the file.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), text); d != "" {
		t.Errorf("%s differs (go test ./magefiles/awslocal -update rewrites it):\n%s", file, d)
	}
}

func TestWhatTheClientsCanSendAndWhatIsServed(t *testing.T) {
	served := awslocal.Operations()
	all := possible()
	var b strings.Builder
	fmt.Fprintln(&b, "# What the SDK clients that this module uses can send; + is served, - is answered with HTTP status 501.")
	for _, operation := range all {
		mark := "-"
		if slices.Contains(served, operation) {
			mark = "+"
		}
		fmt.Fprintln(&b, mark, operation)
	}
	golden(t, filepath.Join("testdata", "operations.txt"), b.String())
	for _, operation := range served {
		if !strings.HasPrefix(operation, "registry:") && !slices.Contains(all, operation) {
			t.Errorf("%s is served, but no client can send it", operation)
		}
	}
}

// Every operation that this module's own code asks for is served: a call needs its input.
func TestWhatThisModuleCallsIsServed(t *testing.T) {
	services := map[string]string{} // by import path
	for service, client := range clients {
		services[client.Elem().PkgPath()] = service
	}
	called := map[string]string{} // operation to position
	for _, dir := range []string{"stack", "rollout", "image", "preflight", "targets"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return inputs(path, services, called)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(called) < 10 {
		t.Fatalf("only %d operations were found in the code", len(called))
	}
	for m := range reflect.TypeFor[preflight.EC2]().Methods() {
		called["ec2:"+m.Name] = "preflight.EC2"
	}
	for operation, at := range called {
		if !slices.Contains(awslocal.Operations(), operation) {
			t.Errorf("%s calls %s, which is not served", at, operation)
		}
	}
}

// inputs notes every pkg.XInput of a file where pkg is a client's package.
func inputs(path string, services, called map[string]string) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, i := range file.Imports {
		from, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		name := from[strings.LastIndex(from, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = services[from]
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := s.X.(*ast.Ident)
		if action, input := strings.CutSuffix(s.Sel.Name, "Input"); ok && input && names[of.Name] != "" {
			called[names[of.Name]+":"+action] = files.Position(s.Pos()).String()
		}
		return true
	})
	return nil
}

// The table of the guide says what is served.
func TestTheGuideListsWhatIsServed(t *testing.T) {
	byService := map[string][]string{}
	for _, operation := range awslocal.Operations() {
		service, action, _ := strings.Cut(operation, ":")
		byService[service] = append(byService[service], action)
	}
	var b strings.Builder
	fmt.Fprint(&b, "| service | operations |\n| --- | --- |\n")
	for _, service := range slices.Sorted(maps.Keys(byService)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", service, strings.Join(byService[service], ", "))
	}
	generated(t, "operations", b.String())
}

package cfn_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation"
	"gopkg.in/yaml.v3"

	"github.com/bellyfed/splitecs/cfn"
)

// builders of both templates.
var builders = []func(cfn.App, string) (*cloudformation.Template, error){cfn.Infra, cfn.Service}

// parse reads a rendered template with an independent parser.
func parse(t testing.TB, body []byte) map[string]any {
	t.Helper()
	var template map[string]any
	if err := yaml.Unmarshal(body, &template); err != nil {
		t.Fatalf("%v in\n%s", err, body)
	}
	return template
}

func section(template map[string]any, name string) map[string]any {
	s, _ := template[name].(map[string]any)
	return s
}

// walk calls visit with every mapping of a template that has one key, which intrinsic functions have.
func walk(value any, visit func(key string, argument any)) {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			if len(value) == 1 {
				visit(key, item)
			}
			walk(item, visit)
		}
	case []any:
		for _, item := range value {
			walk(item, visit)
		}
	}
}

var substitution = regexp.MustCompile(`\$\{([^}]+)\}`)

// checkReferences finds references to what the template does not have.
func checkReferences(t testing.TB, template map[string]any) {
	t.Helper()
	resources, parameters, conditions := section(template, "Resources"), section(template, "Parameters"), section(template, "Conditions")
	used := map[string]bool{}
	refer := func(name string) {
		used[name] = true
		_, resource := resources[name]
		_, parameter := parameters[name]
		if !resource && !parameter && !strings.HasPrefix(name, "AWS::") {
			t.Errorf("reference to %q, which is no resource or parameter", name)
		}
	}
	attribute := func(resource string) {
		if _, ok := resources[resource]; !ok {
			t.Errorf("attribute of %q, which is no resource", resource)
		}
	}
	walk(template, func(key string, argument any) {
		switch key {
		case "Ref":
			refer(argument.(string))
		case "Fn::GetAtt":
			attribute(argument.([]any)[0].(string))
		case "Fn::If":
			if name := argument.([]any)[0].(string); conditions[name] == nil {
				t.Errorf("condition %q is not there", name)
			}
		case "Fn::Sub":
			for _, match := range substitution.FindAllStringSubmatch(argument.(string), -1) {
				if resource, _, ok := strings.Cut(match[1], "."); ok {
					attribute(resource)
				} else {
					refer(match[1])
				}
			}
		case "Fn::Join", "Fn::Select", "Fn::GetAZs", "Fn::Equals":
		default:
			if strings.HasPrefix(key, "Fn::") {
				t.Errorf("%s: a function that no template should need", key)
			}
		}
	})
	for name, resource := range resources {
		dependencies, _ := resource.(map[string]any)["DependsOn"].([]any)
		for _, dependency := range dependencies {
			if _, ok := resources[dependency.(string)]; !ok {
				t.Errorf("%s depends on %q, which is not there", name, dependency)
			}
		}
	}
	for name := range parameters {
		if !used[name] {
			t.Errorf("parameter %s is not used", name)
		}
	}
}

func TestReferencesResolve(t *testing.T) {
	for _, s := range samples() {
		for kind, template := range s.templates(t) {
			t.Run(s.name+"/"+kind, func(t *testing.T) { checkReferences(t, parse(t, render(t, template))) })
		}
	}
}

func TestStacksAreJoinedByParameters(t *testing.T) {
	for _, s := range samples() {
		templates := s.templates(t)
		outputs := templates["infra"].Outputs
		for name := range templates["service"].Parameters {
			if _, ok := outputs[name]; !ok && !slices.Contains([]string{cfn.ParameterImage, cfn.ParameterPinned, cfn.ParameterRestart}, name) && templates["service"].Parameters[name].Default == nil {
				t.Errorf("%s: parameter %s is no output of the infra stack", s.name, name)
			}
		}
		for kind, template := range templates {
			if body := render(t, template); bytes.Contains(body, []byte("Export")) || bytes.Contains(body, []byte("ImportValue")) {
				t.Errorf("%s: the %s template exports or imports, which locks the infra stack", s.name, kind)
			}
		}
	}
}

func TestOutputs(t *testing.T) {
	want := map[string][]string{
		"infra": {
			cfn.OutputVPC, cfn.OutputPrivateSubnets, cfn.OutputServiceSecurity, cfn.OutputCluster, cfn.OutputRepository,
			cfn.OutputRepositoryURI, cfn.OutputExecutionRole, cfn.OutputTaskRole, cfn.OutputLogGroup, cfn.OutputTargetGroup,
			cfn.OutputTargetGroupName, cfn.OutputLoadBalancerName, cfn.OutputLoadBalancerDomain, cfn.OutputURL,
			cfn.OutputContract, cfn.OutputProvides,
		},
		"service": {cfn.OutputService, cfn.OutputTaskDefinition, cfn.OutputDeployedTaskDefinition, cfn.OutputImage},
	}
	for _, s := range samples() {
		if s.app.ExtendInfra != nil {
			continue // has outputs of its own
		}
		for kind, template := range s.templates(t) {
			got := slices.Sorted(maps.Keys(template.Outputs))
			slices.Sort(want[kind])
			if !slices.Equal(got, want[kind]) {
				t.Errorf("%s: the outputs of %s are %v", s.name, kind, got)
			}
		}
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	for _, s := range samples() {
		first := map[string][]byte{}
		for range 20 {
			for kind, template := range s.templates(t) {
				body := render(t, template)
				if before, ok := first[kind]; ok && !bytes.Equal(before, body) {
					t.Fatalf("%s/%s differs from one time to the next", s.name, kind)
				}
				first[kind] = body
			}
		}
	}
}

// properties of a resource in a rendered template.
func properties(t testing.TB, s sample, kind, resource string) map[string]any {
	t.Helper()
	template := parse(t, render(t, s.templates(t)[kind]))
	r, ok := section(template, "Resources")[resource].(map[string]any)
	if !ok {
		t.Fatalf("%s has no resource %s", kind, resource)
	}
	p, _ := r["Properties"].(map[string]any)
	return p
}

func TestServiceLeavesTheCountToAutoScaling(t *testing.T) {
	for _, s := range samples() {
		if _, ok := properties(t, s, "service", "Service")["DesiredCount"]; ok {
			t.Errorf("%s: a deployment would reset what auto-scaling chose", s.name)
		}
	}
}

func TestOnlyTheLoadBalancerReachesTasks(t *testing.T) {
	for _, s := range samples() {
		rules, _ := properties(t, s, "infra", "ServiceSecurityGroup")["SecurityGroupIngress"].([]any)
		if len(rules) != 1 {
			t.Fatalf("%s: %d rules", s.name, len(rules))
		}
		rule := rules[0].(map[string]any)
		if _, open := rule["CidrIp"]; open || rule["SourceSecurityGroupId"] == nil || rule["FromPort"] != 3000 || rule["ToPort"] != 3000 {
			t.Errorf("%s: %v", s.name, rule)
		}
	}
}

// Wherever a policy may name its resources, it does.
func TestRolesNameTheirResources(t *testing.T) {
	for _, s := range samples() {
		policies := properties(t, s, "infra", "ExecutionRole")["Policies"].([]any)
		document := policies[0].(map[string]any)["PolicyDocument"].(map[string]any)
		for _, each := range document["Statement"].([]any) {
			statement := each.(map[string]any)
			resources := statement["Resource"].([]any)
			if slices.Contains(resources, any("*")) && statement["Sid"] != "RegistryLogin" {
				t.Errorf("%s: %v on everything", s.name, statement["Sid"])
			}
		}
	}
}

func TestLocalIsTheDefaultEnvironment(t *testing.T) {
	app := with("dev", func(_ *cfn.App, e *cfn.Environment) {
		e.AccountID = "123456789012"
		e.CertificateARN = "arn:aws:acm:ap-southeast-1:123456789012:certificate/abc"
		e.MaxTasks = 3
		e.Network = cfn.Network{
			VPCID:            "vpc-0a1b2c3d",
			PublicSubnetIDs:  []string{"subnet-00000001", "subnet-00000002"},
			PrivateSubnetIDs: []string{"subnet-00000003", "subnet-00000004"},
		}
	})
	local := sample{"local", app, "local"}
	template := local.templates(t)["infra"]
	if template.Resources["Vpc"] == nil || template.Resources["HttpsListener"] != nil {
		t.Error("local has the account's own network or certificate")
	}
	if got := properties(t, local, "service", "ScalableTarget")["MaxCapacity"]; got != 3 {
		t.Errorf("local has at most %v tasks, want 3 as in dev", got)
	}
}

// Any valid application has templates that CloudFormation could take.
func TestRandomApps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	count := 100
	if testing.Short() { // under the race detector, which sees nothing where nothing runs at once
		count = 10
		t.Logf("short: %d of 100 cases", count)
	}
	for i := range count {
		app := randomApp(random)
		if err := app.Validate(); err != nil {
			t.Fatalf("application %d: %v", i, err)
		}
		for _, build := range builders {
			template, err := build(app, "env")
			if err != nil {
				t.Fatal(err)
			}
			body := render(t, template)
			if len(body) > cfn.MaxTemplateBytes {
				t.Errorf("application %d: %d bytes", i, len(body))
			}
			checkReferences(t, parse(t, body))
		}
	}
}

// randomApp is valid and anything between the least and the most.
func randomApp(r *rand.Rand) cfn.App {
	const account = "123456789012"
	word := func(most int) string {
		letters := make([]byte, 1+r.IntN(most))
		for i := range letters {
			letters[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
		}
		return "x" + string(letters)
	}
	text := func() string {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString([]string{"a", " ", ":", "'", `"`, "#", "\n", "\t", "é", "${X}", "- ", "%", "{", "]", "😀"}[r.IntN(15)])
		}
		return b.String()
	}
	zones := 2 + r.IntN(5)
	minimum := 1 + r.IntN(5)
	e := cfn.Environment{
		Network:           cfn.Network{CIDR: fmt.Sprintf("10.%d.0.0/%d", r.IntN(256), 16+r.IntN(8)), Zones: zones, NATGateways: 1 + r.IntN(zones)},
		CPU:               1024,
		Memory:            1024 * (2 + r.IntN(7)),
		MinTasks:          minimum,
		MaxTasks:          minimum + r.IntN(10),
		ContainerInsights: r.IntN(2) == 0,
		Protected:         r.IntN(2) == 0,
		Spot:              r.IntN(2) == 0,
		Variables:         map[string]string{},
		Secrets:           map[string]string{},
	}
	if r.IntN(2) == 0 {
		e.CertificateARN = "arn:aws:acm:eu-west-1:" + account + ":certificate/" + word(30)
	}
	if r.IntN(2) == 0 {
		e.AlarmTopicARN = "arn:aws:sns:eu-west-1:" + account + ":" + word(30)
	}
	for range r.IntN(150) {
		e.Variables["V_"+word(30)] = text()
	}
	for range r.IntN(20) {
		e.Secrets["S_"+word(20)] = "arn:aws:secretsmanager:eu-west-1:" + account + ":secret:" + word(60) + "-Ab12Cd:" + word(5) + "::"
		e.Secrets["P_"+word(20)] = "arn:aws:ssm:eu-west-1:" + account + ":parameter/" + word(60)
	}
	for i := range r.IntN(31) {
		e.Scaling.Schedules = append(e.Scaling.Schedules, cfn.Schedule{
			Name: fmt.Sprint(word(20), i), Expression: "cron(0 8 ? * MON *)", MinTasks: r.IntN(3), MaxTasks: 3 + r.IntN(3),
		})
	}
	if r.IntN(2) == 0 {
		e.Scaling.RequestsPerTask = 1 + r.IntN(1000)
	}
	e.BlockingCleanup = r.IntN(2) == 0
	return cfn.App{
		Name:               word(10),
		Region:             "eu-west-1",
		DefaultEnvironment: "env",
		Container: cfn.Container{
			Port:                1 + r.IntN(65535),
			StopTimeout:         time.Duration(1+r.IntN(120)) * time.Second,
			DeregistrationDelay: time.Duration(1+r.IntN(3600)) * time.Second,
			WritablePaths:       []string{"/" + word(20), "/x/" + word(20)},
			Command:             []string{text(), text()},
		},
		Environments: map[string]cfn.Environment{"env": e},
	}
}

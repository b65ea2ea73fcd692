package acceptance_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "rewrite what the guides have from the code")

// Parts of the guides are made from the code and the templates, so that they cannot differ from them.
func TestGeneratedPartsOfTheGuides(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		file, name string
		make       func(*testing.T) string
	}{
		{"docs/split-architecture.md", "diagram", diagram},
		{"docs/configuration.md", "fields", fields},
		{"docs/cost.md", "table", costs},
		{"docs/health-checks.md", "timing", timing},
		{"docs/extending.md", "names", snippet("names")},
		{"docs/extending.md", "sidecars", snippet("sidecars")},
		{"docs/extending.md", "statements", snippet("statements")},
		{"docs/extending.md", "extraResources", snippet("extraResources")},
		{"docs/extending.md", "hooks", snippet("hooks")},
		{"docs/security.md", "ownKeys", snippet("ownKeys")},
		{"docs/output.md", "mistakes", mistakesMade},
		{"docs/database.md", "migrations", snippet("migrations")},
	} {
		text := read(t, part.file)
		begin, end := fmt.Sprintf("<!-- %s: go test -run TestGenerated ./magefiles/acceptance -update -->\n", part.name), fmt.Sprintf("<!-- end of %s -->", part.name)
		before, rest, ok := strings.Cut(text, begin)
		present, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Errorf("%s has no part between %q and %q", part.file, begin, end)
			continue
		}
		want := part.make(t)
		if present == want {
			continue
		}
		if !*update {
			t.Errorf("%s: the part %q is not what it is made from (-update rewrites it):\n%s\nwant:\n%s", part.file, part.name, present, want)
			continue
		}
		rewrite(t, part.file, before+begin+want+end+after)
	}
}

// template is a template as people read it. That the golden files are the templates is for another test.
type template struct {
	Resources map[string]struct {
		Type       string         `yaml:"Type"`
		Properties map[string]any `yaml:"Properties"`
	} `yaml:"Resources"`
	Outputs map[string]struct {
		Value any `yaml:"Value"`
	} `yaml:"Outputs"`
}

// goldenFile is where the template of an environment of magefiles/magefile.go stands.
func goldenFile(env, stack string) string {
	return "cfn/testdata/golden/" + env + "." + stack + ".yaml"
}

func golden(t *testing.T, env, stack string) template {
	t.Helper()
	var made template
	if err := yaml.Unmarshal([]byte(read(t, goldenFile(env, stack))), &made); err != nil {
		t.Fatal(err)
	}
	return made
}

// refers calls found with every name that Ref, Fn::GetAtt and Fn::Sub name in a value.
func refers(value any, found func(string)) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			refers(item, found)
		}
	case map[string]any:
		for key, item := range v {
			switch list, _ := item.([]any); {
			case key == "Ref":
				found(item.(string))
			case key == "Fn::GetAtt" && len(list) > 0:
				found(list[0].(string))
			case key == "Fn::Sub":
				for _, m := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(fmt.Sprint(item), -1) {
					found(m[1])
				}
			}
			refers(item, found)
		}
	}
}

// diagram is both stacks of dev: what a resource needs of others, and what the service stack takes from the outputs
// of the infra stack. Resources that are there once for each zone are one box.
func diagram(t *testing.T) string {
	numbered := regexp.MustCompile(`\d+$`)
	short := func(name string) string { return numbered.ReplaceAllString(name, "") }
	infra, service := golden(t, "dev", "infra"), golden(t, "dev", "service")
	arrows := map[string]bool{}
	box := func(prefix string, made template) string {
		count := map[string]int{}
		kind := map[string]string{}
		for name, r := range made.Resources {
			count[short(name)]++
			kind[short(name)] = strings.TrimPrefix(r.Type, "AWS::")
			refers(r.Properties, func(other string) {
				if _, ok := made.Resources[other]; ok && short(other) != short(name) {
					arrows[fmt.Sprintf("  %s%s --> %s%s\n", prefix, short(name), prefix, short(other))] = true
				}
			})
		}
		var lines strings.Builder
		for _, name := range slices.Sorted(maps.Keys(count)) {
			times := ""
			if count[name] > 1 {
				times = fmt.Sprintf(" × %d", count[name])
			}
			fmt.Fprintf(&lines, "    %s%s[\"%s%s<br><small>%s</small>\"]\n", prefix, name, name, times, kind[name])
		}
		return lines.String()
	}
	var d strings.Builder
	d.WriteString("```mermaid\nflowchart LR\n")
	d.WriteString("  subgraph service [\"BellyfedEcsServiceStack-dev\"]\n" + box("s", service) + "  end\n")
	d.WriteString("  subgraph infra [\"BellyfedEcsInfraStack-dev\"]\n" + box("i", infra) + "  end\n")
	for name, r := range service.Resources {
		refers(r.Properties, func(parameter string) {
			refers(infra.Outputs[parameter].Value, func(resource string) {
				arrows[fmt.Sprintf("  s%s -. %s .-> i%s\n", name, parameter, short(resource))] = true
			})
		})
	}
	for _, a := range slices.Sorted(maps.Keys(arrows)) {
		d.WriteString(a)
	}
	d.WriteString("```\n")
	return d.String()
}

// fields are the types of the configuration with their doc comments. A field without a comment of its own belongs to
// the one before it.
func fields(t *testing.T) string {
	var declarations []ast.Decl
	for _, name := range []string{"app", "services", "sidecar", "statement", "hook"} {
		file, err := parser.ParseFile(token.NewFileSet(), inRepository("cfn/"+name+".go"), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		declarations = append(declarations, file.Decls...)
	}
	var out strings.Builder
	for _, declaration := range declarations {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.TYPE {
			continue
		}
		for _, spec := range group.Specs {
			made := spec.(*ast.TypeSpec)
			structure, ok := made.Type.(*ast.StructType)
			if !ok || !ast.IsExported(made.Name.Name) || strings.HasSuffix(made.Name.Name, "Error") {
				continue
			}
			fmt.Fprintf(&out, "## %s\n\n%s\n\n| field | type | |\n| --- | --- | --- |\n", made.Name.Name, prose(group.Doc))
			var names, kind, text string
			row := func() {
				if names != "" {
					fmt.Fprintf(&out, "| %s | `%s` | %s |\n", names, kind, text)
				}
			}
			for _, f := range structure.Fields.List {
				name := "`" + f.Names[0].Name + "`"
				for _, more := range f.Names[1:] {
					name += ", `" + more.Name + "`"
				}
				if f.Doc == nil && names != "" {
					names += ", " + name
					continue
				}
				row()
				names, kind, text = name, typeName(f.Type), prose(f.Doc)
			}
			row()
			out.WriteString("\n")
		}
	}
	return out.String()
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + typeName(e.X)
	case *ast.ArrayType:
		return "[]" + typeName(e.Elt)
	case *ast.MapType:
		return "map[" + typeName(e.Key) + "]" + typeName(e.Value)
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	case *ast.Ellipsis:
		return "..." + typeName(e.Elt)
	case *ast.FuncType:
		var takes []string
		for _, p := range e.Params.List {
			takes = append(takes, typeName(p.Type))
		}
		return "func(" + strings.Join(takes, ", ") + ") " + typeName(e.Results.List[0].Type)
	}
	return fmt.Sprintf("%T", e)
}

// prose is a doc comment in one line of Markdown: links of Go become code, addresses links.
func prose(doc *ast.CommentGroup) string {
	text := strings.Join(strings.Fields(doc.Text()), " ")
	text = regexp.MustCompile(`\[([A-Z]\w*(?:\.\w+)?)\]`).ReplaceAllString(text, "`$1`")
	text = regexp.MustCompile(`https://\S+`).ReplaceAllString(text, "[AWS]($0)")
	return strings.ReplaceAll(text, "|", "\\|")
}

// number of a property, which templates have as a number or as text.
func number(t *testing.T, value any) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// List prices of ap-southeast-1 in USD, Linux on X86_64, without free tiers and discounts; priced says when.
// https://aws.amazon.com/fargate/pricing/ https://aws.amazon.com/elasticloadbalancing/pricing/
// https://aws.amazon.com/vpc/pricing/ https://aws.amazon.com/cloudwatch/pricing/
const (
	priced          = "June 2026"
	hoursAMonth     = 730
	priceVCPU       = 0.05056 // an hour
	priceGigabyte   = 0.00553 // of memory, an hour
	priceBalancer   = 0.0252  // an hour
	priceNATGateway = 0.059   // an hour
	priceAddress    = 0.005   // a public IPv4 address, an hour
	priceAlarm      = 0.10    // a metric of an alarm, a month
)

// costs are what each environment costs a month while nothing happens, with the fewest tasks.
func costs(t *testing.T) string {
	environments := []string{"dev", "test", "qa", "prod"}
	rows := []string{"tasks", "load balancer", "NAT gateways", "public IPv4 addresses", "alarms"}
	cells := map[string][]string{}
	var sums []string
	for _, env := range environments {
		sum := 0.0
		cell := func(row, how string, price float64) {
			cells[row] = append(cells[row], fmt.Sprintf("%s: %.2f", how, price))
			sum += price
		}
		var tasks, cpu, memory, gateways, addresses, metrics float64
		for _, stack := range []string{"infra", "service"} {
			for _, r := range golden(t, env, stack).Resources {
				p := r.Properties
				switch r.Type {
				case "AWS::ECS::TaskDefinition":
					cpu, memory = number(t, p["Cpu"])/1024, number(t, p["Memory"])/1024
				case "AWS::ApplicationAutoScaling::ScalableTarget":
					tasks = number(t, p["MinCapacity"])
				case "AWS::ApplicationAutoScaling::ScalingPolicy":
					metrics += 2 // target tracking makes two alarms
				case "AWS::EC2::NatGateway":
					gateways++
				case "AWS::EC2::EIP":
					addresses++
				case "AWS::ElasticLoadBalancingV2::LoadBalancer":
					addresses += float64(len(p["Subnets"].([]any))) // one in each zone
				case "AWS::CloudWatch::Alarm":
					metrics += alarmMetrics(p)
				}
			}
		}
		cell("tasks", fmt.Sprintf("%g × (%g vCPU, %g GB)", tasks, cpu, memory), tasks*hoursAMonth*(cpu*priceVCPU+memory*priceGigabyte))
		cell("load balancer", "1", hoursAMonth*priceBalancer)
		cell("NAT gateways", fmt.Sprint(gateways), gateways*hoursAMonth*priceNATGateway)
		cell("public IPv4 addresses", fmt.Sprint(addresses), addresses*hoursAMonth*priceAddress)
		cell("alarms", fmt.Sprintf("%g metrics", metrics), metrics*priceAlarm)
		sums = append(sums, fmt.Sprintf("**%.2f**", sum))
	}
	var out strings.Builder
	fmt.Fprintf(&out, "USD a month (%d hours), list prices of ap-southeast-1, %s.\n\n| | %s |\n| --- | --- | --- | --- | --- |\n", hoursAMonth, priced, strings.Join(environments, " | "))
	for _, row := range rows {
		fmt.Fprintf(&out, "| %s | %s |\n", row, strings.Join(cells[row], " | "))
	}
	fmt.Fprintf(&out, "| **together** | %s |\n", strings.Join(sums, " | "))
	out.WriteString("\n| price of | USD | AWS's usage type |\n| --- | --- | --- |\n")
	for _, p := range []struct {
		of    string
		price float64
		usage string
	}{
		{"a vCPU, an hour", priceVCPU, "APS1-Fargate-vCPU-Hours:perCPU"},
		{"a GB of memory, an hour", priceGigabyte, "APS1-Fargate-GB-Hours"},
		{"a load balancer, an hour", priceBalancer, "APS1-LoadBalancerUsage"},
		{"a NAT gateway, an hour", priceNATGateway, "APS1-NatGateway-Hours"},
		{"a public IPv4 address, an hour", priceAddress, "APS1-PublicIPv4:InUseAddress"},
		{"a metric of an alarm, a month", priceAlarm, "APS1-CW:AlarmMonitorUsage"},
	} {
		fmt.Fprintf(&out, "| %s | %g | `%s` |\n", p.of, p.price, p.usage)
	}
	return out.String()
}

// alarmMetrics are the metrics that an alarm looks at; expressions over them are free.
func alarmMetrics(properties map[string]any) (n float64) {
	list, ok := properties["Metrics"].([]any)
	if !ok {
		return 1
	}
	for _, m := range list {
		if _, metric := m.(map[string]any)["MetricStat"]; metric {
			n++
		}
	}
	return n
}

// timing is what the health checks of prod come to.
func timing(t *testing.T) string {
	group := golden(t, "prod", "infra").Resources["TargetGroup"].Properties
	service := golden(t, "prod", "service").Resources
	container := service["TaskDefinition"].Properties["ContainerDefinitions"].([]any)[0].(map[string]any)
	check := container["HealthCheck"].(map[string]any)
	n := func(value any) int { return int(number(t, value)) }
	interval, within := n(group["HealthCheckIntervalSeconds"]), n(check["Interval"])
	delay := 0
	for _, a := range group["TargetGroupAttributes"].([]any) {
		if attribute := a.(map[string]any); attribute["Key"] == "deregistration_delay.timeout_seconds" {
			delay = n(attribute["Value"])
		}
	}
	return fmt.Sprintf(`| | load balancer | container |
| --- | --- | --- |
| asks | `+"`GET %s`"+` on the task's port, and wants %s | %s |
| every | %d s, waits %d s | %d s, waits %d s |
| healthy after | 1 answer; %d of a task that was unhealthy, %d s | 1 |
| unhealthy after | %d failures: %d s | %d failures: %d s |
| forgiven after the start | %d s (grace period of the service) | %d s (start period) |
| at the end of a task | no new requests, %d s for those under way | %d s from SIGTERM to SIGKILL |
`,
		group["HealthCheckPath"], group["Matcher"].(map[string]any)["HttpCode"], "`Container.HealthCheckCommand`",
		interval, n(group["HealthCheckTimeoutSeconds"]), within, n(check["Timeout"]),
		n(group["HealthyThresholdCount"]), n(group["HealthyThresholdCount"])*interval,
		n(group["UnhealthyThresholdCount"]), n(group["UnhealthyThresholdCount"])*interval, n(check["Retries"]), n(check["Retries"])*within,
		n(service["Service"].Properties["HealthCheckGracePeriodSeconds"]), n(check["StartPeriod"]),
		delay, n(container["StopTimeout"]))
}

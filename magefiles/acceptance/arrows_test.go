package acceptance_test

import (
	"go/parser"
	"go/token"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// room is a package in the plan of the house.
type room struct {
	may     []string          // packages of the module that it may import
	why     string            // it may import no other
	by      []string          // who imports it that is no package of the plan
	foreign map[string]string // modules that it may not need, with the reason
}

// kernel is what each embedded service stands on.
var kernel = []string{local + "account", local + "resource", local + "sim", local + "wire"}

const local = "magefiles/awslocal/internal/"

// everywhere may be imported by every package: it knows nothing of them.
const everywhere = "cfn/lazyregexp"

// service is one of the embedded services.
func service(more ...string) room { return room{may: append(more, kernel...), why: strangers} }

const strangers = "services of AWS do not know each other: awslocal gives them what they need of one another"

// rooms are the packages, and the arrows between them. The templates stay pure, the rooms do not know each other, and
// only targets joins them.
var rooms = map[string]room{
	"": {may: []string{"cfn", "magefiles/targets"}, why: "it gives names to what targets do, and does nothing", by: []string{"magefiles"}},

	"cfn": {may: []string{"cfn/partition", "cfn/confidential"}, why: "templates are a function of the configuration", foreign: map[string]string{
		"github.com/aws/": "nothing is asked of AWS", "github.com/google/": "templates know no images",
	}},
	"cfn/confidential": {why: "a text is judged by itself"},
	"cfn/lazyregexp":   {why: "everything imports it"},
	"cfn/partition":    {why: "a region is judged by its name"},

	"magefiles/targets": {
		may: []string{
			"cfn", "cfn/partition", "cfn/confidential", "magefiles/stack", "magefiles/rollout", "magefiles/image", "magefiles/preflight", "magefiles/awslocal",
			"magefiles/internal/argv", "magefiles/internal/console", "magefiles/internal/private",
		},
		why: "it joins the rooms by what they show to others",
	},
	"magefiles/stack":   {why: "a stack does not know what it is for", foreign: map[string]string{"github.com/awslabs/": "a stack does not know what is in its template"}},
	"magefiles/rollout": {may: []string{"cfn/confidential"}, why: "a rollout is watched alike, whoever began it", foreign: map[string]string{"github.com/awslabs/": "a rollout does not know templates"}},
	"magefiles/image": {
		may: []string{"cfn/partition", "cfn/confidential", "magefiles/internal/private"},
		why: "an image does not know where it will run", foreign: map[string]string{"github.com/awslabs/": "an image does not know templates"},
	},
	"magefiles/preflight": {
		may: []string{"cfn/partition", "magefiles/internal/argv"}, why: "facts are judged as AWS has them, not as they were configured",
		foreign: map[string]string{
			"github.com/awslabs/":                        "a preflight does not know templates",
			"github.com/aws/aws-sdk-go-v2/service/ec2":   "it takes a minute to compile, for five reads",
			"github.com/aws/aws-sdk-go-v2/service/iam":   "it takes 12 s to compile, for four reads",
			"github.com/aws/aws-sdk-go-v2/service/ssm":   "it takes 10 s to compile, for one read",
			"github.com/aws/aws-sdk-go-v2/service/acm":   "one read needs no client",
			"github.com/google/go-containerregistry/pkg": "images are read by whoever knows registries",
		},
	},

	"magefiles/internal/argv":     {why: "an argument vector is judged by itself"},
	"magefiles/internal/bigtree":  {why: "it is a tree of files", by: []string{"magefiles", "tests"}},
	"magefiles/internal/browser":  {why: "a browser is started alike, whatever it visits", by: []string{"tests"}},
	"magefiles/internal/canaries": {why: "what they are hidden by must not share their code", by: []string{"tests"}},
	"magefiles/internal/console": {
		may: []string{"cfn/confidential"}, why: "what people see does not depend on what is told",
		foreign: map[string]string{"github.com/aws/": "what people see does not depend on AWS"},
	},
	"magefiles/internal/crowd":   {why: "whoever answers is asked alike", by: []string{"tests"}},
	"magefiles/internal/gotest":  {why: "it reads what go test says", by: []string{"magefiles"}},
	"magefiles/internal/pins":    {why: "it reads files of the repository", by: []string{"magefiles", "tests"}},
	"magefiles/internal/private": {why: "a folder is judged by itself"},
	"magefiles/internal/remains": {why: "what is left is seen alike, whoever was ended", by: []string{"tests"}},
	"magefiles/internal/spread":  {why: "tests of every package import it", by: []string{"tests"}},
	"magefiles/acceptance":       {why: "tests see what users see; what they import of the module stands in their imports, not here"},

	"magefiles/awslocal": {
		may: []string{
			local + "account", local + "autoscaling", local + "cloudformation", local + "cloudwatch", local + "ec2", local + "ecr", local + "ecs", local + "elb",
			local + "engine", local + "iam", local + "layers", local + "logs", local + "loopback", local + "program", local + "sandbox", local + "secretsmanager", local + "sim", local + "ssm", local + "sts",
			local + "supervisor", local + "wire", "magefiles/internal/private",
		},
		by:  []string{"tests"},
		why: "the judge of what the other rooms do must not share their code", foreign: map[string]string{"github.com/awslabs/": "the judge of a template must not share its code"},
	},
	"magefiles/awslocal/hello":  {why: "it is a program of its own, built into images"},
	"magefiles/awslocal/ledger": {may: []string{"magefiles/awslocal"}, why: "what was done is read by the API alone", by: []string{"tests"}},

	local + "account":                 {why: "everything embedded imports it"},
	local + "loopback":                {why: "it is a client for any server"},
	local + "sim":                     {may: []string{"magefiles/internal/private"}, why: "the simulated world does not know AWS"},
	local + "wire":                    {why: "protocols know no service"},
	local + "resource":                {why: "it stands between CloudFormation and the services, and knows neither"},
	local + "program":                 {may: []string{local + "account", "magefiles/internal/argv"}, why: "a program knows its container, and nothing of who started it"},
	local + "autoscaling":             service(),
	local + "balancer":                {why: "requests are balanced by HTTP alone, whatever answers them"},
	local + "cloudformation":          service(local + "cloudformation/template"),
	local + "cloudformation/template": {why: "a template is evaluated without any service"},
	local + "cloudwatch":              service(),
	local + "ec2":                     service(),
	local + "ecr":                     service(local+"ecr/catalog", local+"ecr/oci", local+"ecr/registry"),
	local + "ecr/blobs":               {may: []string{local + "ecr/oci", "magefiles/internal/private"}, why: "content has no repository"},
	local + "ecr/catalog":             {may: []string{local + "account", local + "ecr/blobs", local + "ecr/oci", local + "sim", local + "wire"}, why: "it is what both faces show, and knows neither"},
	local + "ecr/oci":                 {why: "it is a grammar"},
	local + "ecr/registry":            {may: []string{local + "ecr/blobs", local + "ecr/catalog", local + "ecr/oci", local + "wire"}, why: "a registry knows its catalogue alone"},
	local + "ecs":                     service(local+"program", "magefiles/internal/argv"),
	local + "elb":                     service(local + "balancer"),
	local + "engine":                  {why: "an engine runs a container, whatever is in it"},
	local + "foreign":                 {why: "registries elsewhere know nothing of what is embedded"},
	local + "iam":                     service(),
	local + "layers":                  {why: "a layer is an archive: who reads it knows no registry, and runs nothing", foreign: map[string]string{"github.com/": "it takes nothing but the standard library", "golang.org/": "it takes nothing but the standard library"}},
	local + "logs":                    service(),
	local + "sandbox":                 {may: []string{local + "sandbox/boot"}, why: "it runs what it is given, and does not know what it is for"},
	local + "sandbox/boot":            {why: "the kernel is its only world: it runs before every other package"},
	local + "secretsmanager":          service(),
	local + "ssm":                     service(),
	local + "sts":                     service(),
	local + "supervisor": {
		may: []string{local + "balancer", local + "ecr", local + "ecs", local + "elb", local + "foreign", local + "layers", local + "sandbox", local + "sim"},
		why: "it executes what is wanted, whoever wants it",
	},
	local + "awstest": {may: []string{local + "account", local + "loopback", local + "resource", local + "sim", local + "wire"}, why: "it helps the tests of every service, and knows none", by: []string{"tests"}},
}

// allows tells whether a room may import a package of the module.
func (r room) allows(path string) bool { return path == everywhere || slices.Contains(r.may, path) }

// imports of the packages of this module, without those of tests: of each what it imports.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		all[inModule(words[0])] = words[1:]
	}
	return all
}

// inModule is the folder of a package of this module.
func inModule(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }

func TestArrows(t *testing.T) {
	imported := map[string]map[string]bool{}
	for name, paths := range imports(t) {
		r, known := rooms[name]
		if !known {
			t.Errorf("package %q is not in the plan of the house: give it its arrows here, and a line in DESIGN's layout", name)
		}
		if r.why == "" {
			t.Errorf("package %q: the plan does not say why it may import nothing else", name)
		}
		imported[name] = map[string]bool{}
		for _, path := range paths {
			if strings.HasPrefix(path, module) {
				imported[name][inModule(path)] = true
				if !r.allows(inModule(path)) {
					t.Errorf("%s imports %s: %s", name, inModule(path), r.why)
				}
			}
			for prefix, reason := range r.foreign {
				if strings.HasPrefix(path, prefix) {
					t.Errorf("%s imports %s: %s", name, path, reason)
				}
			}
		}
	}
	for name, r := range rooms {
		if _, there := imported[name]; !there {
			t.Errorf("%s is in the plan, and not there", name)
		}
		for _, may := range r.may {
			if _, there := rooms[may]; !there {
				t.Errorf("%s may import %s, which is not there", name, may)
			}
		}
	}
}

// importedBy are the packages that may import another by the plan, by their last names; "services" are those of the embedded AWS.
func importedBy(name string) []string {
	if name == everywhere {
		return []string{"every", "package"}
	}
	all := slices.Clone(rooms[name].by)
	for other, r := range rooms {
		if !slices.Contains(r.may, name) {
			continue
		}
		if r.why == strangers && slices.Contains(kernel, name) { // all of them do
			other = "services"
		}
		if !slices.Contains(all, shortName(other)) {
			all = append(all, shortName(other))
		}
	}
	if all == nil {
		return []string{"nothing"}
	}
	slices.Sort(all)
	return all
}

// shortName is the name of a package; that of the root is its own.
func shortName(folder string) string {
	if folder == "" {
		return "splitecs"
	}
	return path.Base(folder)
}

var (
	saysWhatItKnows = regexp.MustCompile(`(?i)\bknows?\b|\bit is pure\b`)
	saysWhatItLacks = regexp.MustCompile(`(?i)\b(?:does|do) not\b|\bknows? (?:no|neither|nothing|its)\b|\bhas no\b|\bnothing\b|\bis not\b`)
	saysWhoImports  = regexp.MustCompile(`Imported by\s+([^.;]*)`)
)

// Each package says in its documentation what it knows, what it does not, and who may import it; the latter as it stands
// in the plan.
func TestPackagesSayWhatTheyKnow(t *testing.T) {
	for name := range rooms {
		text := packageDoc(t, name)
		if !saysWhatItKnows.MatchString(text) || !saysWhatItLacks.MatchString(text) {
			t.Errorf("package %s does not say what it knows, or what not", shortName(name))
		}
		m := saysWhoImports.FindStringSubmatch(text)
		if m == nil {
			t.Errorf("package %s does not say who may import it: Imported by %s.", shortName(name), strings.Join(importedBy(name), ", "))
			continue
		}
		said := strings.Fields(strings.ReplaceAll(m[1], ",", ""))
		said = slices.DeleteFunc(said, func(word string) bool { return word == "and" })
		want := importedBy(name)
		slices.Sort(said)
		if !slices.Equal(said, want) {
			t.Errorf("package %s says that it is imported by %q, and may be by %q", shortName(name), said, want)
		}
	}
}

// packageDoc is the text of a package's documentation.
func packageDoc(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob(inRepository(path.Join(name, "*.go")))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil && strings.HasPrefix(f.Doc.Text(), "Package ") || f.Name.Name == "main" && f.Doc != nil {
			return f.Doc.Text()
		}
	}
	return ""
}

package cfn

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/confidential"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Problem is one thing that is wrong with an [App].
type Problem struct {
	Path    string // of the field, as in Go: Environments["dev"].CPU
	Message string
}

func (p Problem) String() string { return p.Path + ": " + p.Message }

// ValidationError lists everything that is wrong with an [App]: the application's own fields, then each environment's,
// in the order of the fields and of names.
type ValidationError struct {
	Problems []Problem // all of them, in the order of the fields
}

func (e *ValidationError) Error() string {
	if len(e.Problems) == 1 {
		return "invalid configuration: " + e.Problems[0].String()
	}
	var text strings.Builder
	fmt.Fprintf(&text, "invalid configuration, %d problems:", len(e.Problems))
	for _, p := range e.Problems {
		text.WriteString("\n  " + p.String())
	}
	return text.String()
}

// Validate checks every field of every environment and returns all problems in one [*ValidationError], or nil. It knows
// what AWS refuses as far as that can be known without asking AWS: whether a VPC, certificate or secret exists is not its
// business.
func (a App) Validate() error {
	v := &validator{}
	v.app(a)
	for _, env := range slices.Sorted(maps.Keys(a.Environments)) {
		v.environment(a, env)
	}
	if len(v.problems) == 0 {
		v.infraSizes(a)
	}
	if len(v.problems) > 0 {
		return &ValidationError{Problems: v.problems}
	}
	return nil
}

// validator collects problems of the field that it stands at.
type validator struct {
	path     string
	problems []Problem
}

// add adds a problem of a field below the present one.
func (v *validator) add(field, format string, args ...any) {
	v.problems = append(v.problems, Problem{Path: v.path + field, Message: fmt.Sprintf(format, args...)})
}

// within checks what lies below a field.
func (v *validator) within(field string, check func()) {
	outer := v.path
	v.path += field
	check()
	v.path = outer
}

// matches adds a problem where a value that is not empty has not the form.
func (v *validator) matches(field, value string, form *lazyregexp.Regexp, description string) bool {
	if value == "" || form.MatchString(value) {
		return true
	}
	v.add(field, "%q is not %s", value, description)
	return false
}

// The longest name of the infra stack that CloudFormation takes.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
const longestStackName = 128

var (
	namePattern = lazyregexp.New(`^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$`)
	// ECS takes names such as discovery.type and Logging-Level, which programs look for; a shell cannot name them.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KeyValuePair.html
	variablePattern    = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	absolutePathSyntax = lazyregexp.New(`^(/[A-Za-z0-9._-]+)+$`)
)

// region has to be there for every environment, its own or the application's; that of local is the default environment's.
func (v *validator) region(a App) {
	if a.Region != "" {
		return
	}
	var without []string
	for _, name := range slices.Sorted(maps.Keys(a.Environments)) {
		if a.Environments[name].Region == "" {
			without = append(without, name)
		}
	}
	if len(without) == 0 && a.local().Region == "" {
		without = []string{Local}
	}
	if len(without) > 0 {
		v.add("Region", "is empty, and so is that of %s: name one for all environments here, or one in each", strings.Join(without, ", "))
	}
}

func (v *validator) app(a App) {
	if !namePattern.MatchString(a.Name) {
		v.add("Name", "%q is not a name: 1 to 24 lower-case letters, digits and inner hyphens, beginning with a letter", a.Name)
	}
	v.matches("Region", a.Region, regionPattern, "an AWS region such as ap-southeast-1")
	v.region(a)
	if _, ok := a.Environments[a.DefaultEnvironment]; !ok && a.DefaultEnvironment != "" && a.DefaultEnvironment != Local {
		v.add("DefaultEnvironment", "%q is none of the environments: %s", a.DefaultEnvironment, strings.Join(a.EnvironmentNames(), ", "))
	}
	v.within("Image.", func() { v.image(a.Image) })
	v.within("Container.", func() { v.container(a.Container) })
	v.tags("Tags", a.Tags, nil)
}

// mostKept is of how many builds an image keeps the assets at most: each is a layer of its own, and a container runtime
// takes some 127 of them.
const mostKept = 20

func (v *validator) image(i Image) {
	if i.WorkingDir != "" && !strings.HasPrefix(i.WorkingDir, "/") {
		v.add("WorkingDir", "%q is not an absolute path", i.WorkingDir)
	}
	v.sources(i)
	v.words("Entrypoint", i.Entrypoint)
	v.words("Command", i.Command)
	v.variables("Env", i.Env)
	for _, name := range slices.Sorted(maps.Keys(i.Labels)) {
		v.credential(fmt.Sprintf("Labels[%q]", name), confidential.Value(i.Labels[name]))
	}
	if _, ok := i.Labels[""]; ok {
		v.add("Labels", "has a label without a name")
	}
	for at, p := range i.Platforms {
		if p != X8664 && p != ARM64 {
			v.add(fmt.Sprintf("Platforms[%d]", at), "%q is neither %s nor %s", p, X8664, ARM64)
		}
	}
	for at, p := range i.AllowedSecrets {
		if _, err := path.Match(p, ""); err != nil || !path.IsAbs(p) {
			v.add(fmt.Sprintf("AllowedSecrets[%d]", at), "%q is not the pattern of an absolute path in the image, such as /app/certs/*.pem", p)
		}
	}
	if i.KeepAssets < 0 || i.KeepAssets > mostKept {
		v.add("KeepAssets", "%d is out of range: use 0 to %d", i.KeepAssets, mostKept)
	}
	if i.Compression != "" && i.Compression != "zstd" && i.Compression != "gzip" {
		v.add("Compression", "%q is neither zstd nor gzip", i.Compression)
	}
}

// variables checks environment variables of a container.
func (v *validator) variables(field string, variables map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		at := fmt.Sprintf("%s[%q]", field, name)
		if !variablePattern.MatchString(name) {
			v.add(at, "%q is not the name of a variable: letters, digits and _.-, beginning with a letter or an underscore", name)
		}
		v.text(at, variables[name])
		v.credential(at, confidential.Variable(name, variables[name]))
	}
}

// credential refuses what is a credential of some kind; empty is none. The message does not repeat it.
func (v *validator) credential(field, what string) {
	if what != "" {
		v.add(field, "is %s, which everybody who may read the stack would see: keep it in Secrets Manager or SSM, and name its ARN in Secrets", what)
	}
}

// words checks those of a command.
func (v *validator) words(field string, command []string) {
	for i, word := range command {
		at := fmt.Sprintf("%s[%d]", field, i)
		v.text(at, word)
		v.credential(at, confidential.Value(word))
	}
}

// text checks a string that goes into a template as it is.
func (v *validator) text(field, value string) {
	if strings.ContainsRune(value, 0) || strings.ToValidUTF8(value, "") != value {
		v.add(field, "is not text: it has a zero byte or is not UTF-8")
	}
	if _, ok := decodeIntrinsic(value); ok {
		v.add(field, "would be taken for an intrinsic function: it is the base64 form of one")
	}
}

// Limits of tags on resources. Ten of the fifty that AWS allows are left to the names and tags that templates,
// CloudFormation and ECS add.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
// IAM takes no two keys that differ in case alone.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
const (
	mostTags        = 40
	longestTagKey   = 128
	longestTagValue = 256
)

var tagPattern = lazyregexp.New(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// tags checks the tags of an application, or those of an environment beside it.
func (v *validator) tags(field string, tags, beside map[string]string) {
	if len(tags) > mostTags {
		v.add(field, "%d are too many: use at most %d", len(tags), mostTags)
	}
	// Those that both stacks have anyway may get other values, but no second form.
	spelt := map[string]string{"app": "app", "environment": "environment", "managed-by": "managed-by"}
	for key := range beside {
		spelt[strings.ToLower(key)] = cmp.Or(spelt[strings.ToLower(key)], key)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		at := fmt.Sprintf("%s[%q]", field, key)
		switch other := cmp.Or(spelt[strings.ToLower(key)], key); {
		case other != key:
			v.add(at, "differs from %s in case alone, and roles cannot have both: write it so", other)
		case key == "" || len([]rune(key)) > longestTagKey:
			v.add(at, "the key needs 1 to %d characters", longestTagKey)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			v.add(at, "keys with aws: belong to AWS")
		case !tagPattern.MatchString(key):
			v.add(at, "the key may have letters, digits, spaces and _.:/=+-@")
		}
		if spelt[strings.ToLower(key)] == "" {
			spelt[strings.ToLower(key)] = key
		}
		switch {
		case value == "" || len([]rune(value)) > longestTagValue:
			v.add(at, "the value needs 1 to %d characters", longestTagValue)
		case !tagPattern.MatchString(value):
			v.add(at, "the value may have letters, digits, spaces and _.:/=+-@")
		}
		v.credential(at, confidential.Value(value))
	}
}

package rollout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// Kind is which part of a task definition a [Change] is about.
type Kind string

// The parts of a task definition that can break a deployment.
const (
	Variable         Kind = "variable"
	Secret           Kind = "secret"
	Command          Kind = "command"
	EntryPoint       Kind = "entry point"
	User             Kind = "user"
	Port             Kind = "port"
	HealthCheck      Kind = "health check"
	Memory           Kind = "memory"
	CPU              Kind = "CPU"
	Architecture     Kind = "architecture"
	RootFilesystem   Kind = "read-only root filesystem"
	ExecutionRole    Kind = "execution role"
	TaskRole         Kind = "task role"
	LogConfiguration Kind = "log configuration"
	Image            Kind = "image"
)

// Change is a difference between two revisions. The value of a variable that may be confidential is in neither
// Before nor After; the values of secrets never are, only where they are read from.
type Change struct {
	Kind      Kind
	Container string // where the revisions have more than one
	Name      string // of a variable, secret or option
	Before    string
	After     string
	// Was and Is tell whether it is there before and after.
	Was, Is bool
	// From and To are the numbers of the revisions.
	From, To int
}

// String is a sentence, such as: variable DATABASE_URL is absent in revision 42 and was present in 41.
func (c Change) String() string {
	subject := string(c.Kind)
	if c.Name != "" {
		subject += " " + c.Name
	}
	if c.Container != "" {
		subject += " of container " + c.Container
	}
	switch {
	case c.Was && !c.Is:
		return fmt.Sprintf("%s is absent in revision %d and was present in %d", subject, c.To, c.From)
	case c.Is && !c.Was:
		return fmt.Sprintf("%s is new in revision %d", subject, c.To)
	case c.Before == "" && c.After == "":
		return fmt.Sprintf("%s has another value in revision %d than in %d", subject, c.To, c.From)
	}
	before, after := cmp.Or(c.Before, `""`), cmp.Or(c.After, `""`)
	if c.Kind == Image {
		before, after = shortImage(before), shortImage(after)
	}
	return fmt.Sprintf("%s is %s in revision %d and was %s in %d", subject, after, c.To, before, c.From)
}

// shortImage is a reference without its registry and with the first twelve digits of its digest.
func shortImage(reference string) string {
	reference = last(reference)
	if name, digest, pinned := strings.Cut(reference, "@sha256:"); pinned {
		return name + "@sha256:" + digest[:min(len(digest), 12)]
	}
	return reference
}

// Differences are the changes from one revision to another that can break a deployment, those that a person set
// by name first and the image, which nearly every release changes, last. Pure.
func Differences(before, after types.TaskDefinition) []Change {
	d := differences{from: int(before.Revision), to: int(after.Revision)}
	old := map[string]types.ContainerDefinition{}
	for _, c := range before.ContainerDefinitions {
		old[aws.ToString(c.Name)] = c
	}
	several := max(len(before.ContainerDefinitions), len(after.ContainerDefinitions)) > 1
	for _, c := range after.ContainerDefinitions {
		if b, there := old[aws.ToString(c.Name)]; there {
			d.container = ""
			if several {
				d.container = aws.ToString(c.Name)
			}
			d.ofContainer(b, c)
		}
	}
	d.container = ""
	d.value(Memory, aws.ToString(before.Memory), aws.ToString(after.Memory))
	d.value(CPU, aws.ToString(before.Cpu), aws.ToString(after.Cpu))
	d.value(Architecture, architecture(before), architecture(after))
	d.value(ExecutionRole, aws.ToString(before.ExecutionRoleArn), aws.ToString(after.ExecutionRoleArn))
	d.value(TaskRole, aws.ToString(before.TaskRoleArn), aws.ToString(after.TaskRoleArn))
	slices.SortStableFunc(d.changes, func(a, b Change) int { return compareLast(a.Kind == Image, b.Kind == Image) })
	return d.changes
}

// compareLast orders what is last behind what is not.
func compareLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// architecture of a task definition; ECS's default where it names none.
func architecture(d types.TaskDefinition) string {
	if d.RuntimePlatform == nil || d.RuntimePlatform.CpuArchitecture == "" {
		return string(types.CPUArchitectureX8664)
	}
	return string(d.RuntimePlatform.CpuArchitecture)
}

// differences collects changes between two revisions.
type differences struct {
	from, to  int
	container string
	changes   []Change
}

func (d *differences) ofContainer(before, after types.ContainerDefinition) {
	d.named(Variable, variables(before), variables(after), unshown)
	d.named(Secret, secrets(before), secrets(after), func(string, string) bool { return false }) // where it is, not what it is
	d.value(Command, strings.Join(before.Command, " "), strings.Join(after.Command, " "))
	d.value(EntryPoint, strings.Join(before.EntryPoint, " "), strings.Join(after.EntryPoint, " "))
	d.value(User, aws.ToString(before.User), aws.ToString(after.User))
	d.value(Port, ports(before), ports(after))
	d.value(HealthCheck, healthCheck(before), healthCheck(after))
	d.value(Memory, optional(before.Memory), optional(after.Memory))
	d.value(RootFilesystem, onOff(before.ReadonlyRootFilesystem), onOff(after.ReadonlyRootFilesystem))
	d.named(LogConfiguration, logOptions(before), logOptions(after), revealing)
	d.value(Image, aws.ToString(before.Image), aws.ToString(after.Image))
}

// value is one that is always there. A command may have a password among its words.
func (d *differences) value(kind Kind, before, after string) {
	switch {
	case before == after:
	case revealing("", before), revealing("", after):
		d.add(Change{Kind: kind, Was: true, Is: true})
	default:
		d.add(Change{Kind: kind, Before: before, After: after, Was: true, Is: true})
	}
}

// named are values by name. hidden tells of a value that it must not be shown.
func (d *differences) named(kind Kind, before, after map[string]string, hidden func(name, value string) bool) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b, was := before[name]
		a, is := after[name]
		if was == is && b == a {
			continue
		}
		c := Change{Kind: kind, Name: name, Was: was, Is: is}
		if !hidden(name, b) && !hidden(name, a) {
			c.Before, c.After = b, a
		}
		d.add(c)
	}
}

func (d *differences) add(c Change) {
	c.Container, c.From, c.To = d.container, d.from, d.to
	d.changes = append(d.changes, c)
}

// unshown tells of a variable that plans do not show it either.
func unshown(name, value string) bool { return !confidential.Shown(name, value) }

// revealing tells of any other value that there is a credential in it, or that its name says so.
func revealing(name, value string) bool {
	return confidential.Name(name) || confidential.Redact(value) != value
}

func variables(c types.ContainerDefinition) map[string]string {
	m := map[string]string{}
	for _, v := range c.Environment {
		m[aws.ToString(v.Name)] = aws.ToString(v.Value)
	}
	return m
}

func secrets(c types.ContainerDefinition) map[string]string {
	m := map[string]string{}
	for _, v := range c.Secrets {
		m[aws.ToString(v.Name)] = aws.ToString(v.ValueFrom)
	}
	return m
}

func logOptions(c types.ContainerDefinition) map[string]string {
	m := map[string]string{}
	if l := c.LogConfiguration; l != nil {
		maps.Copy(m, l.Options)
		m["driver"] = string(l.LogDriver)
	}
	return m
}

func ports(c types.ContainerDefinition) string {
	var list []string
	for _, p := range c.PortMappings {
		list = append(list, fmt.Sprint(aws.ToInt32(p.ContainerPort)))
	}
	return strings.Join(list, ", ")
}

func healthCheck(c types.ContainerDefinition) string {
	h := c.HealthCheck
	if h == nil {
		return "none"
	}
	return fmt.Sprintf("%s every %d s, %d times, after %d s", strings.Join(h.Command, " "),
		aws.ToInt32(h.Interval), aws.ToInt32(h.Retries), aws.ToInt32(h.StartPeriod))
}

func optional(n *int32) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

func onOff(b *bool) string {
	if aws.ToBool(b) {
		return "on"
	}
	return "off"
}

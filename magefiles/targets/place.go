package targets

import (
	"maps"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
)

// placeOf is the place that a target is given, or what is wrong with it.
func placeOf(app cfn.App, target, text string) (cfn.Place, error) {
	place, err := app.Place(text)
	if err == nil && place.Service != "" && namespace(target) == "infra" {
		err = &infraPlaceError{place.Env}
	}
	return place, err
}

// infraPlaceError says that a target of the infra stack was given a service.
type infraPlaceError struct{ env string }

func (e *infraPlaceError) Error() string {
	return "the infra stack belongs to every service of environment " + e.env
}

// command is how a person runs a target.
func command(parts ...string) string {
	c := "go tool mage"
	for _, p := range parts {
		c += " " + p
	}
	return c
}

// commandIn is how a person runs a target in a place; one of the infra stack in its environment.
func commandIn(place cfn.Place, target string, more ...string) string {
	where := place.String()
	if namespace(target) == "infra" {
		where = place.Env
	}
	return command(append([]string{target, where}, more...)...)
}

// command is how a person runs a target in the place of this run.
func (s *session) command(target string, more ...string) string {
	return commandIn(s.place, target, more...)
}

// namespace of a target.
func namespace(name string) string {
	n, _, _ := strings.Cut(name, ":")
	return n
}

// together tells whether two places are in one account and region, as far as the configuration says.
func together(one, other cfn.Place) bool {
	return one.Environment.Region == other.Environment.Region && one.Environment.AccountID == other.Environment.AccountID
}

// tagsOf are the tags of both stacks of a place. Pure.
func tagsOf(p cfn.Place) map[string]string {
	tags := map[string]string{"app": p.App.Name, "environment": p.Env, "managed-by": "splitecs"}
	maps.Copy(tags, p.Environment.Tags)
	return tags
}

// tags of both stacks.
func (s *session) tags() map[string]string { return tagsOf(s.place) }

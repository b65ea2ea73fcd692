package targets

import (
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// publicPrefix begins the names of variables whose values `next build` writes into the files for browsers.
const publicPrefix = "NEXT_PUBLIC_"

// warnOfPublic warns where a Next.js application is copied to an environment that gives another value to a variable which came
// into the files for browsers when the image was built: there they have that of the environment it comes from.
func (s *session) warnOfPublic(source *session, pulled image.Pulled) error {
	program, err := image.ProgramIn(pulled.Artifact)
	if err != nil || program == nil || program.Framework != image.NextJS || program.PublicAtRunTime {
		return err
	}
	from, err := templateWants(source.place)
	if err != nil {
		return err
	}
	to, err := templateWants(s.place)
	if err != nil {
		return err
	}
	for _, d := range differing(from.Variables, to.Variables) {
		s.console.Note("warning: variable %s is %s in %s and %s in %s, and browsers get the value that next build had, in both: "+
			"give both environments the same value, or build an image for %s alone", d.name, d.from, source.place.String(), d.to, s.place.String(), s.place.String())
	}
	return nil
}

// difference is a public variable with its values, as they are shown.
type difference struct{ name, from, to string }

// differing are the public variables of two environments whose values differ. Pure.
func differing(from, to map[string]string) (all []difference) {
	names := slices.Sorted(maps.Keys(from))
	names = append(names, slices.Sorted(maps.Keys(to))...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if !strings.HasPrefix(name, publicPrefix) {
			continue
		}
		a, inFrom := from[name]
		b, inTo := to[name]
		if inFrom == inTo && a == b {
			continue
		}
		all = append(all, difference{name, shownValue(a, inFrom), shownValue(b, inTo)})
	}
	return all
}

// shownValue is what every browser gets, and so no secret.
func shownValue(v string, given bool) string {
	if !given {
		return "not set"
	}
	return `"` + v + `"`
}

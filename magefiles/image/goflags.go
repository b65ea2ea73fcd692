package image

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// GoBuild is how a Go program is compiled, beside what GOFLAGS says. It concerns no other source.
type GoBuild struct {
	// Programs are further main packages. Each lies beside the source's own program, which is the one that is started.
	Programs []Source
	// Values are given to string variables of the programs (the linker's -X), by import path and name: "main.version", or
	// "example.com/shop/build.Commit". In a value {commit} is Spec.Revision, {time} is Spec.Created (RFC 3339), and {version}
	// is the end of the commit's tag, 20261103-1a2b3c4: what stands before it there depends on the clone, see [Commit.Tag].
	Values map[string]string
	// Tags are build tags, in addition to those of GOFLAGS.
	Tags []string
}

// refusedGoFlags are flags of GOFLAGS with which no program comes out that an image can be made of, or another one on each
// machine. What is not among them goes to the go command, which knows its own flags. https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies
var refusedGoFlags = map[string]string{
	"-C":          "the folder is that of the source",
	"-n":          "it has nothing compiled",
	"-o":          "the program's place is that in the image",
	"-race":       "it needs cgo, and the program is compiled without",
	"-msan":       "it needs cgo, and the program is compiled without",
	"-asan":       "it needs cgo, and the program is compiled without",
	"-json":       "it has failures told to programs",
	"-linkshared": "the image has no shared library of Go",
}

// goFlags are the flags of `go build`: what GOFLAGS says as its words stand in the environment, where this package has the same
// flag on the command line, which would win over it. An error names the flag that cannot be heeded. Pure.
func goFlags(environment string, spec Spec) ([]string, error) {
	words, err := splitQuoted(environment)
	if err != nil {
		return nil, fmt.Errorf("heed GOFLAGS: %w", err)
	}
	var tags, linker []string
	for _, word := range words {
		name, value, valued := strings.Cut(word, "=")
		name = "-" + strings.TrimLeft(name, "-")
		off := valued && (value == "false" || value == "0" || value == "f" || value == "F" || value == "FALSE" || value == "False")
		reason := refusedGoFlags[name]
		switch {
		case name == "-tags":
			tags = buildTags(value)
		case name == "-ldflags" && value != "" && !strings.HasPrefix(strings.TrimSpace(value), "-"):
			reason = "it has a pattern of packages: give the linker's flags without one"
		case name == "-ldflags":
			linker = []string{value}
		case name == "-trimpath" && off:
			reason = "the folder of this machine would be in the program"
		case name == "-buildvcs" && !off:
			reason = "what it writes into the program depends on the clone's tags: give App.Image.Go.Values instead"
		case name == "-buildmode" && value != "exe" && value != "default":
			reason = "the image has no dynamic linker"
		case name == "-compiler" && value != "gc":
			reason = "the image has none of its libraries"
		}
		if reason != "" && !(off && refusedGoFlags[name] != "") {
			return nil, &GoFlagError{Flag: word, Reason: reason}
		}
	}
	tags = append(tags, spec.Go.Tags...)
	values, err := spec.linkerValues()
	if err != nil {
		return nil, err
	}
	linker = append(append([]string{"-s -w"}, linker...), values...)
	flags := []string{"-trimpath", "-buildvcs=false", "-ldflags=" + strings.Join(linker, " ")}
	if len(tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(tags, ","))
	}
	return flags, nil
}

// GoFlagError is a flag of GOFLAGS that the image of a Go program cannot heed.
type GoFlagError struct {
	Flag   string // as it stands there
	Reason string // in words, for a person
}

func (e *GoFlagError) Error() string {
	return fmt.Sprintf("GOFLAGS has %s, which an image cannot heed: %s", e.Flag, e.Reason)
}

// linkerValues are the -X flags of the linker, each a word of its own.
func (s Spec) linkerValues() ([]string, error) {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(s.Go.Values)) {
		value, err := s.filledIn(s.Go.Values[name])
		if err != nil {
			return nil, &PartError{Field: "Go.Values", Name: name, Reason: err.Error()}
		}
		word, err := quoted(name + "=" + value)
		if err != nil {
			return nil, &PartError{Field: "Go.Values", Name: name, Reason: err.Error()}
		}
		words = append(words, "-X "+word)
	}
	return words, nil
}

// filledIn is a value with what is known of the commit.
func (s Spec) filledIn(value string) (string, error) {
	for _, place := range []string{"{commit}", "{version}", "{time}"} {
		if strings.Contains(value, place) && (s.Revision == "" || s.Created.IsZero()) {
			return "", fmt.Errorf("has %s, and there is no commit that it could stand for: commit the source, or write the value out", place)
		}
	}
	sha, changed := strings.CutSuffix(s.Revision, dirty)
	version := s.Created.UTC().Format("20060102") + "-" + sha[:min(shortSHA, len(sha))]
	if changed {
		version += dirty
	}
	return strings.NewReplacer("{commit}", s.Revision, "{version}", version, "{time}", created(s).Format(time.RFC3339)).Replace(value), nil
}

// quoted is a word as the go command splits flags: in quotes where it has spaces. It knows no escapes.
func quoted(word string) (string, error) {
	switch {
	case !strings.ContainsAny(word, " \t\n\r'\""):
		return word, nil
	case !strings.Contains(word, "'"):
		return "'" + word + "'", nil
	case !strings.Contains(word, `"`):
		return `"` + word + `"`, nil
	}
	return "", errors.New("has both kinds of quotes, which the go command cannot take")
}

// splitQuoted are the words of a list as the go command splits it: by spaces, or in quotes that begin a word.
func splitQuoted(s string) (words []string, err error) {
	for {
		s = strings.TrimLeft(s, " \t\n\r")
		if s == "" {
			return words, nil
		}
		if q := s[0]; q == '\'' || q == '"' {
			word, rest, closed := strings.Cut(s[1:], string(q))
			if !closed {
				return nil, fmt.Errorf("%s has no closing quote", s)
			}
			words, s = append(words, word), rest
			continue
		}
		end := strings.IndexAny(s, " \t\n\r")
		if end < 0 {
			end = len(s)
		}
		words, s = append(words, s[:end]), s[end:]
	}
}

package program

import (
	"fmt"
	"slices"
	"strings"
)

// Behaviour is something that a program can be made to do.
type Behaviour struct {
	Preset    Scenario // its name, and what its arguments are where they are left out
	Arguments []Argument
	Help      string // what the program does, for the guide, which adds the words of an argument that is one of several
	New       func(Scenario) Program
}

// read its arguments.
func (b Behaviour) read(words []string) (Scenario, error) {
	sc := b.Preset
	for _, a := range b.Arguments {
		if a.last {
			words = slices.DeleteFunc([]string{strings.Join(words, ":")}, func(text string) bool { return text == "" })
		}
		if len(words) == 0 {
			if a.optional {
				break
			}
			return Scenario{}, fmt.Errorf("needs a %s, such as %s:%s", a.noun, sc.Name, a.sample)
		}
		if err := a.set(&sc, words[0]); err != nil {
			return Scenario{}, err
		}
		words = words[1:]
	}
	if len(words) > 0 {
		return Scenario{}, fmt.Errorf("%q is too much", strings.Join(words, ":"))
	}
	return sc, nil
}

// form is how it is written: exit-after:DURATION[:CODE].
func (b Behaviour) form() string {
	form := b.Preset.Name
	for _, a := range b.Arguments {
		if a.optional {
			form += "[:" + a.form + "]"
		} else {
			form += ":" + a.form
		}
	}
	return form
}

// examples are one with the arguments that it needs, and one with all.
func (b Behaviour) examples() []string {
	least, all := b.Preset.Name, b.Preset.Name
	for _, a := range b.Arguments {
		all += ":" + a.example
		if !a.optional {
			least += ":" + a.example
		}
	}
	return slices.Compact([]string{least, all})
}

func (b Behaviour) help() string {
	help := b.Help
	for _, a := range b.Arguments {
		if len(a.words) > 0 {
			help += " (`" + strings.Join(a.words, "`, `") + "`)"
		}
	}
	return help
}

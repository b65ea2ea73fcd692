package acceptance_test

import (
	"fmt"
	"go/doc"
	"maps"
	"slices"
	"strings"
	"testing"
)

// floor is what stands for a package in the drawing: services of the embedded AWS are one, and so is what they stand on.
func floor(name string) string {
	switch {
	case rooms[name].why == strangers:
		return "services"
	case slices.Contains(kernel, name):
		return "kernel"
	case strings.HasPrefix(name, local+"ecr/"), strings.HasPrefix(name, local+"cloudformation/"):
		return "services"
	}
	return shortName(name)
}

// drawnRooms is the plan as a drawing, without what everything imports, and as a table.
func drawnRooms(t *testing.T) string {
	t.Helper()
	names := slices.Sorted(maps.Keys(rooms))
	arrows := map[string]bool{}
	for _, name := range names {
		for _, may := range rooms[name].may {
			if from, to := floor(name), floor(may); from != to {
				arrows["  "+from+" --> "+to+"\n"] = true
			}
		}
	}
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n" + strings.Join(slices.Sorted(maps.Keys(arrows)), "") + "```\n\n")
	b.WriteString("| room | what it is | imports | nothing else, because |\n| --- | --- | --- | --- |\n")
	told := map[string]bool{}
	for _, name := range names {
		row, what := "`"+shortName(name)+"`", whatItIs(packageDoc(t, name))
		may := namesOf(rooms[name].may)
		if rooms[name].why == strangers {
			row, what, may = strings.Join(servicesOfTheHouse(), ", "), "the services of the embedded AWS", append(namesOf(kernel), "packages of their own")
		}
		if !told[row] {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", row, what, strings.Join(may, ", "), rooms[name].why)
		}
		told[row] = true
	}
	return b.String()
}

// whatItIs is the beginning of a package's documentation.
func whatItIs(text string) string {
	words := strings.SplitN(new(doc.Package).Synopsis(text), " ", 3) // Package name …
	what, _, _ := strings.Cut(words[2], ":")
	what, _, _ = strings.Cut(what, ", so that")
	return strings.TrimSuffix(what, ".")
}

func namesOf(folders []string) []string {
	var all []string
	for _, f := range folders {
		all = append(all, shortName(f))
	}
	slices.Sort(all)
	return all
}

func servicesOfTheHouse() []string {
	var all []string
	for name, r := range rooms {
		if r.why == strangers {
			all = append(all, "`"+shortName(name)+"`")
		}
	}
	slices.Sort(all)
	return all
}

package image

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// NextJS is the framework of a [Program] that is a Next.js server.
const NextJS = "nextjs"

// Program is what an image says of the program in it, as far as a task definition and checks follow it. An image made
// of a Next.js build carries it, as JSON, in the label and annotation [ProgramLabel].
type Program struct {
	Framework string `json:"framework"`          // "nextjs"; "sample" is the sample application
	Version   string `json:"version,omitempty"`  // of the framework; empty where the build does not tell
	Home      string `json:"home,omitempty"`     // where the server stands: /app, in a monorepo /app/apps/web
	Dist      string `json:"dist,omitempty"`     // the build below it: .next
	BasePath  string `json:"basePath,omitempty"` // that every address of the application begins with
	// Writes are the folders that the server writes to while it runs, absolute. The build left nothing in them.
	Writes []string `json:"writes,omitempty"`
	// Rerenders are folders of pages of the build among which the server writes those that it renders anew. Where they
	// cannot be written to, it keeps pages in memory and complains of each. An empty volume there would take the
	// application away.
	Rerenders []string `json:"rerenders,omitempty"`
	// Public are the values of variables NEXT_PUBLIC_… that the build found in files (.env), of which every browser gets them.
	Public map[string]string `json:"public,omitempty"`
	// PublicAtRunTime: the application hands such variables to browsers by itself, as they are where it runs.
	PublicAtRunTime bool `json:"publicAtRunTime,omitempty"`
	// Check is the health check that the program brings along, where the configuration's is of another one.
	Check []string `json:"check,omitempty"`
	// Routes are the addresses that the application answers; nil where the build does not tell, or has too many to say.
	Routes *Routes `json:"routes,omitempty"`
}

// ProgramLabel is the name of the label, and of the manifest's annotation, that holds the [Program].
const ProgramLabel = "io.github.bellyfed.splitecs.program"

// label is the program as the text of a label.
func (p Program) label() (string, error) {
	text, err := json.Marshal(p)
	return string(text), err
}

// programIn reads the program that labels or annotations tell of; nil is none.
func programIn(labels map[string]string) *Program {
	text, told := labels[ProgramLabel]
	if !told {
		return nil
	}
	p := &Program{}
	if json.Unmarshal([]byte(text), p) != nil || p.Framework == "" {
		return nil // somebody else's label
	}
	return p
}

// LooksLikeNextJS tells whether the configuration of an image that does not tell of its program shows a Next.js server:
// by what it starts, by its variables, or by the steps that it was made in.
func LooksLikeNextJS(cf *v1.ConfigFile) bool {
	words := slices.Concat(cf.Config.Entrypoint, cf.Config.Cmd)
	for i, word := range words {
		if word == "start" && i > 0 && isNextCommand(words[i-1]) || isNextCommand(word) && i == len(words)-1 {
			return true
		}
		if strings.Contains(word, "next start") {
			return true // in a shell's line
		}
	}
	line := strings.Fields(strings.Join(words, " ")) // a shell's line, too
	standalone := len(line) > 0 && path.Base(line[len(line)-1]) == "server.js"
	for _, variable := range cf.Config.Env {
		switch {
		case strings.HasPrefix(variable, "NEXT_TELEMETRY_DISABLED="), strings.HasPrefix(variable, "__NEXT_"):
			return true
		case standalone && strings.HasPrefix(variable, "HOSTNAME="): // nobody else's server.js needs it
			return true
		}
	}
	return slices.ContainsFunc(cf.History, func(h v1.History) bool {
		return copiesBuild.MatchString(h.CreatedBy) && !strings.HasPrefix(h.CreatedBy, madeVolumes) // of the configuration, whatever is in the image
	})
}

// copiesBuild is a step that copies a build of Next.js, or a part of it.
var copiesBuild = lazyregexp.New(`[\s/]\.next(?:[\s/]|$)`)

// isNextCommand tells whether a word is the program `next`.
func isNextCommand(word string) bool { return word == "next" || strings.HasSuffix(word, "/next") }

// Package argv knows which argument vector a container executes: what of it the image says, what the task definition,
// and what a command that is given for one task becomes of it. It asks nobody and runs nothing.
//
// Imported by ecs, preflight, program and targets.
package argv

import (
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Of is the argument vector that a container executes. An entry point of the task definition takes the place of the
// image's, and of the image's command too; a command takes the place of the image's command alone.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
// https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
func Of(entryPoint, command, imageEntryPoint, imageCommand []string) []string {
	switch {
	case len(entryPoint) > 0:
		return slices.Concat(entryPoint, command)
	case len(command) > 0:
		return slices.Concat(imageEntryPoint, command)
	}
	return slices.Concat(imageEntryPoint, imageCommand)
}

// inits are programs that run what stands behind their options, and env behind its variables.
// https://github.com/krallin/tini, https://github.com/Yelp/dumb-init, https://github.com/openSUSE/catatonit
var inits = []string{"tini", "tini-static", "dumb-init", "catatonit", "docker-init"}

// script is how images name an entry point that prepares something and then runs what it is given: exec "$@".
// Docker's official images have to have such a one. https://github.com/docker-library/official-images#consistency
var script = lazyregexp.New(`^docker-entrypoint|entrypoint.*\.sh$`)

// variable is an argument by which env sets a variable.
var variable = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*=`)

// PassesOn tells whether an entry point runs the command that is put behind it: there is none, or it is known to. To any
// other program (node server.js, /app/shop) a command is just more arguments.
func PassesOn(entryPoint []string) bool {
	if len(entryPoint) == 0 {
		return true
	}
	name, rest := base(entryPoint[0]), entryPoint[1:]
	switch {
	case slices.Contains(inits, name):
		return PassesOn(behindOptions(rest))
	case name == "env":
		return PassesOn(behind(rest, variable.MatchString))
	}
	return len(rest) == 0 && script.MatchString(name)
}

// base is a path's last part, as images have it: with slashes, whatever this system has.
func base(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// behindOptions are the words behind options; -- ends these. The value of an option is taken for a program that is
// not known, which is the safe mistake.
func behindOptions(words []string) []string {
	if end := slices.Index(words, "--"); end >= 0 {
		return words[end+1:]
	}
	return behind(words, func(word string) bool { return strings.HasPrefix(word, "-") })
}

// behind are the words from the first one on that is not of a kind.
func behind(words []string, kind func(string) bool) []string {
	for len(words) > 0 && kind(words[0]) {
		words = words[1:]
	}
	return words
}

// plain is a word that no shell reads anything into.
var plain = lazyregexp.New(`^[A-Za-z0-9_@%+=:,./-]+$`)

// Quote is a vector as a shell would need it, so that its words can be told apart.
func Quote(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; !plain.MatchString(word) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// ignore is a tree's choice by the .dockerignore of dir, as a build with Docker would read it
// (https://docs.docker.com/build/concepts/context/#dockerignore-files). Names of the tree stand below prefix there.
// Without such a file it is nil, which takes all.
func ignore(dir, prefix string) (func(string, bool) choice, error) {
	f, err := os.Open(filepath.Join(dir, ".dockerignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what to leave out: %w", err)
	}
	defer f.Close()
	patterns, err := ignorefile.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read what to leave out: %s: %w", f.Name(), err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, fmt.Errorf("read what to leave out: %s: %w", f.Name(), err)
	}
	// A pattern is compiled when it is first used: a bad one shall be told now.
	if _, err := matcher.MatchesOrParentMatches("x"); err != nil {
		return nil, fmt.Errorf("read what to leave out: %s: %w", f.Name(), err)
	}
	return func(name string, folder bool) choice {
		matched, err := matcher.MatchesOrParentMatches(filepath.FromSlash(path.Join(prefix, name)))
		switch {
		case err != nil || !matched:
			return take
		case folder && matcher.Exclusions():
			return enter // something below may be wanted again
		}
		return skip
	}, nil
}

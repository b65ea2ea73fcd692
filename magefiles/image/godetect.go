package image

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"slices"
	"strings"
)

// detectGo tells whether dir holds package main for linux with these build tags and those of GOFLAGS, whatever the files for other
// systems are. Where constraints leave out every file of such a package it is a [*SourceError] that names one.
func detectGo(ctx context.Context, dir string, tags []string) (bool, error) {
	c := build.Default
	c.GOOS, c.CgoEnabled, c.BuildTags = "linux", false, tags
	p, err := c.ImportDir(dir, 0)
	if _, none := errors.AsType[*build.NoGoError](err); !none {
		return err == nil && p.Name == "main", nil
	}
	constrained, err := constrainedMain(dir, p.IgnoredGoFiles)
	if constrained == "" || err != nil {
		return false, err
	}
	goes, err := askGo(ctx, Source{Path: dir}) // which takes a while, and is seldom needed
	if err != nil {
		return false, fmt.Errorf("look at image source: %w", err)
	}
	c.BuildTags = slices.Concat(tags, goFlagTags(goes["GOFLAGS"]))
	if p, err = c.ImportDir(dir, 0); err == nil {
		return p.Name == "main", nil
	}
	return false, &SourceError{Path: dir, Reason: "is a Go main package of which build constraints leave out every file (" + constrained + ")",
		Next: []string{"name the tags in App.Image.Go.Tags, or in GOFLAGS (-tags=…), then run the same command again"}}
}

// notForImages are tags of files that nobody compiles into a program of his own: what `go run` and `go generate` are given by
// name, and what Mage runs.
var notForImages = set("ignore mage generate tools")

// constrainedMain is a file of package main that some tags would bring in, with its constraint; empty where there is none. A
// package that no tag brings in, since all of it needs cgo or is for other systems, is a [*SourceError].
func constrainedMain(dir string, ignored []string) (string, error) {
	var never error
	for _, name := range ignored {
		file, err := parser.ParseFile(gotoken.NewFileSet(), filepath.Join(dir, name), nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil || file.Name.Name != "main" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		line := constraintOf(file)
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t!&|()", r) })
		switch {
		case slices.ContainsFunc(words, func(word string) bool { return notForImages[word] }):
		case importsC(file):
			never = &SourceError{Path: dir, Reason: "is a Go main package that needs cgo (" + name + ` imports "C"), and programs are compiled without it`,
				Next: []string{"compile it where its C library is (CGO_ENABLED=1 go build -o bin/web), and name the folder bin as App.Image.Source, with App.Image.Command, and an App.Image.Base of the same C library"}}
		case line != "":
			return name + " has " + line, nil
		case never == nil:
			never = &SourceError{Path: dir, Reason: "is a Go main package for other systems than linux alone (" + name + ")",
				Next: []string{"name a program for linux as App.Image.Source"}}
		}
	}
	return "", never
}

// importsC tells whether a file is one of cgo.
func importsC(file *ast.File) bool {
	return slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"C"` })
}

// constraintOf is the line of a file that says where it is compiled. https://pkg.go.dev/cmd/go#hdr-Build_constraints
func constraintOf(file *ast.File) string {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() < file.Package && constraint.IsGoBuild(c.Text) {
				return c.Text
			}
		}
	}
	return ""
}

// goFlagTags are the build tags that GOFLAGS has; what cannot be read is told where it is heeded.
func goFlagTags(environment string) (tags []string) {
	words, _ := splitQuoted(environment)
	for _, word := range words {
		if value, is := strings.CutPrefix("-"+strings.TrimLeft(word, "-"), "-tags="); is {
			tags = buildTags(value)
		}
	}
	return tags
}

// buildTags are those of a flag: between commas, or spaces as it was in older versions of Go.
func buildTags(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}

package image

import (
	"errors"
	"path"
	"strings"
)

// covered is what a bill of materials says of itself: what it lists, and what of the image it cannot.
type covered struct {
	base     bool      // there is an image underneath, which is not looked at
	scripts  bool      // the layers have JavaScript, into which packages may be bundled
	lock     *lockList // what those are; nil is not known
	unlocked string    // why not, in words
}

// comment is for a person who reads the document. Pure.
func (c covered) comment() string {
	said := []string{"Listed are the packages in folders node_modules by their package.json, and the modules of Go programs by their build information."}
	switch {
	case c.lock != nil:
		said = append(said, "The build may have bundled packages into its scripts: the production packages that "+c.lock.name+
			" declares are listed as what the image depends on, where they were not found in it.")
	case c.scripts:
		said = append(said, "This document is partial: packages that were bundled into scripts are not listed, since "+c.unlocked+".")
	}
	not := "Not listed is what other files are made of"
	if c.base {
		not += ", nor what the base image holds"
	}
	return strings.Join(append(said, not+"."), " ")
}

// declaredComment is what the document says of a package that a lock file names; [declaredBy] reads it.
func declaredComment(lock string) string {
	return declaredPrefix + lock + "; not found as a package in the image: bundled into its files, or not needed where they run"
}

const declaredPrefix = "declared by "

func declaredBy(comment string) string {
	rest, is := strings.CutPrefix(comment, declaredPrefix)
	if !is {
		return ""
	}
	lock, _, _ := strings.Cut(rest, ";")
	return lock
}

// covers finds out what the bill of materials covers. A lock file that cannot be read is told in the document.
func (b *builder) covers() (covered, error) {
	c := covered{base: b.spec.Base != "" && b.spec.Base != Scratch, scripts: b.scripts, unlocked: "no lock file of npm, pnpm or yarn lies beside the application or above it"}
	if !c.scripts {
		return c, nil
	}
	var folder string
	switch source := b.spec.Source; {
	case b.bundled != "":
		folder = b.bundled
	case source.Kind == KindFolder:
		folder = source.Path
	case len(b.spec.Files.Names) > 0:
		folder = b.spec.Files.From
	default:
		return c, nil
	}
	lock, err := findLock(folder, platformsOf(b.spec.architectures))
	if unknown, ok := errors.AsType[*unknownLockError](err); ok {
		c.unlocked = unknown.Error()
		return c, nil
	}
	c.lock = lock
	return c, err
}

// isScript tells whether a file may be what a bundler has written.
func isScript(name string) bool {
	switch path.Ext(name) {
	case ".js", ".mjs", ".cjs":
		return true
	}
	return false
}

package image

import "fmt"

// Kind is what a source is.
type Kind string

// The kinds of source.
const (
	KindFolder  Kind = "folder"          // any folder: one layer at the working directory
	KindGo      Kind = "Go program"      // a Go main package: compiled, one file, its entrypoint
	KindNextJS  Kind = "Next.js"         // a standalone build: node_modules, server and static files, a layer each
	KindNode    Kind = "Node.js service" // a project with package.json, or the build of a framework: packages, files, build and static files, a layer each
	KindArchive Kind = "archive"         // a tar of `docker save` or of OCI (buildx --output type=oci|docker), plain or compressed with gzip or zstd
	KindLayout  Kind = "OCI layout"      // https://github.com/opencontainers/image-spec/blob/main/image-layout.md
)

// Source is what an image is made of. [Detect] fills it in; it can as well be written by hand.
type Source struct {
	Kind Kind
	// Path of the folder or archive. Of a Go program: its folder, or an import path.
	Path string
	// Module is the folder in which an import path is resolved. Empty unless Path is one.
	Module string
}

// String names the source for messages.
func (s Source) String() string { return fmt.Sprintf("%s %s", s.Kind, s.Path) }

// IsImage tells whether the source is a finished image, to which nothing is added.
func (s Source) IsImage() bool { return s.Kind == KindArchive || s.Kind == KindLayout }

// SourceError says that a path is nothing that an image can be made of.
type SourceError struct {
	Path   string   // as it was given
	Reason string   // in words, for a person
	Next   []string // what makes a source of it, a step each; empty where nothing special does
}

func (e *SourceError) Error() string {
	return fmt.Sprintf("image source %s: %s", e.Path, e.Reason)
}

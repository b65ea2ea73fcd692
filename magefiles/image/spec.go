package image

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// DefaultWorkingDir is where a source is placed and started when Spec.WorkingDir is empty.
const DefaultWorkingDir = "/app"

// NodeBase is the base of a Next.js build that names none. It moves with Node's releases: name a digest where
// builds must repeat.
const NodeBase = "public.ecr.aws/docker/library/node:22-slim"

// Spec describes an image. It is plain data; [Build] makes the image.
type Spec struct {
	// Source is what the image is made of, as [Detect] found it. Its zero value means that Folders
	// alone make the image.
	Source Source
	// Folders are further layers, one each, in this order above those of the source.
	// Not for archives and layouts, which are images already.
	Folders []Folder
	// Keep are assets of builds before this one, the oldest first, that a Next.js build has beneath its own: a page that a
	// browser has of an earlier release finds its scripts. Those of another folder are left out. So has one that [Save]
	// wrote; other archives and layouts keep nothing.
	Keep []Assets
	// Files of a folder that lie beside the program, at WorkingDir, in a layer of their own beneath the source's. Not for
	// archives and layouts, which are images already.
	Files Files
	// Go is how a Go program is compiled.
	Go GoBuild
	// Base is the reference of the image underneath, by digest where builds must repeat. [Scratch] is nothing. Empty means
	// NodeBase for a Next.js build, Node.js by engines or .nvmrc for a service of it, and scratch for everything else; but a Go program then has a layer of its own beneath
	// it, with CA certificates (Mozilla's, of the module golang.org/x/crypto/x509roots/fallback), the time zones of its Go, and a
	// user database with root, nobody and app (User, where that is a number). Ignored where the source is an archive
	// or a layout.
	Base string
	// Architecture is "amd64" (default), "arm64", or the words of ECS for them. The OS is linux.
	Architecture string
	// Platforms are the architectures of an index with an image each, where one is not enough. Empty means that the
	// image for Architecture stands alone.
	Platforms []string
	// Entrypoint and Command. Empty: what the kind of source implies, else the base's. An entrypoint
	// given here or implied discards the base's command, as a Dockerfile's ENTRYPOINT does.
	Entrypoint []string
	Command    []string
	// WorkingDir is the absolute path where the source is placed and started. Default "/app".
	WorkingDir string
	// User that the program runs as: "uid", "uid:gid" or a name known to the image. Empty: the base's.
	User string
	// Env in addition to the base's and to what the kind of source implies; it wins over both.
	Env map[string]string
	// Ports that the program listens on (TCP).
	Ports []int
	// KeepAlive is how long a Next.js server keeps idle connections open; it has to outlast whoever reuses them. Zero
	// leaves Node.js's 5 s (https://nodejs.org/api/http.html#serverkeepalivetimeout).
	KeepAlive time.Duration
	// Volumes are absolute paths that stay writable on a read-only root filesystem. Nil: those that the program of a
	// Next.js build writes to. Each becomes a folder
	// that every user may write to, and a volume of the image: a container runtime gives an empty volume
	// mounted there these permissions, and root's own where the image does not declare it
	// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html). Not for archives and
	// layouts, which are images already.
	Volumes []string
	// HealthCheckPath, ReadOnlyRoot and ActionsKey change nothing in the image: a Next.js build is looked at for what will
	// not go well with them; see [Built.Warnings]. They are the path that the health check asks for, whether the root
	// filesystem will be read-only, and the key that Server Actions should have been built with.
	HealthCheckPath string
	ReadOnlyRoot    bool
	ActionsKey      string
	// ContainerCommand takes the place of the image's command where it runs, and changes nothing in the image: whether it is
	// there is looked at.
	ContainerCommand []string
	// RefuseSecrets makes it an error that files of the image look like secrets; see [Built.Secrets].
	RefuseSecrets bool
	// AllowedSecrets are files that only look so, or are meant to be there, by their names in the image: "/app/certs/test.pem".
	// A pattern of [path.Match] is that of a file, or of a folder with all below it.
	AllowedSecrets []string
	// Compression of the layers that are made here. Empty is Zstd.
	Compression Compression
	// Labels in addition to the base's and to the two below; they win.
	Labels map[string]string
	// Program is what the image says of a program of which its build says nothing; nil says nothing.
	Program *Program

	// Revision and Created become the labels and annotations org.opencontainers.image.revision and .created
	// (https://github.com/opencontainers/image-spec/blob/main/annotations.md), empty ones not.
	// Created is the time of the commit, and the creation time in the image's configuration; zero means
	// 1970 there. Archives and layouts, built before, get neither. There is no .source: the remote belongs to a
	// clone, and the image to the commit.
	Revision string
	Created  time.Time

	architectures []string // OCI's words, without repetition; the first is Architecture
}

// Folder is a folder on disk and its place in the image.
type Folder struct {
	From string // on disk
	To   string // absolute path in the image
}

// normalised fills the defaults in and checks the description, every problem in one error.
func (s Spec) normalised() (Spec, error) {
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	arch, err := Architecture(s.Architecture)
	if err != nil {
		problem("Architecture: %v", err)
	}
	s.Architecture = arch
	s.architectures = []string{arch}
	for i, word := range s.Platforms {
		arch, err := Architecture(word)
		switch {
		case err != nil:
			problem("Platforms[%d]: %v", i, err)
		case !slices.Contains(s.architectures, arch):
			s.architectures = append(s.architectures, arch)
		}
	}
	if len(s.Platforms) > 0 && !slices.ContainsFunc(s.Platforms, func(word string) bool { a, err := Architecture(word); return err != nil || a == s.Architecture }) {
		problem("Platforms: %s, which the task runs on, is not among them", s.Architecture)
	}
	if s.WorkingDir != "" && !path.IsAbs(s.WorkingDir) {
		problem("WorkingDir: %q is not an absolute path", s.WorkingDir)
	}
	for i, f := range s.Folders {
		if f.From == "" {
			problem("Folders[%d].From: is empty", i)
		}
		if !path.IsAbs(f.To) {
			problem("Folders[%d].To: %q is not an absolute path", i, f.To)
		}
	}
	for i, v := range s.Volumes {
		if !path.IsAbs(v) || path.Clean(v) == "/" {
			problem("Volumes[%d]: %q is not the absolute path of a folder", i, v)
		}
	}
	if s.Source.IsImage() && len(s.Folders)+len(s.Volumes) > 0 {
		problem("Folders: %s is an image already, layers are not added to it", s.Source)
	}
	if s.Source.IsImage() && len(s.Files.Names) > 0 {
		problem("Files: %s is an image already, files are not added to it", s.Source)
	}
	for i, f := range s.Files.Names {
		if !filepath.IsLocal(filepath.FromSlash(f)) {
			problem("Files.Names[%d]: %q does not lie in the folder that it is to be of", i, f)
		}
	}
	if s.Source.Kind == "" && len(s.Folders) == 0 {
		problem("Source: neither a source nor folders are given")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			problem("Env: %q is not a variable's name", name)
		}
	}
	for i, p := range s.Ports {
		if p < 1 || p > 65535 {
			problem("Ports[%d]: %d is not a port", i, p)
		}
	}
	for i, p := range s.AllowedSecrets {
		if _, err := path.Match(p, ""); err != nil || !path.IsAbs(p) {
			problem("AllowedSecrets[%d]: %q is not the pattern of an absolute path", i, p)
		}
	}
	switch s.Compression {
	case "":
		s.Compression = Zstd
	case Zstd, Gzip:
	default:
		problem("Compression: %q is neither zstd nor gzip", s.Compression)
	}
	if s.Base == "" && s.Source.Kind == KindNextJS {
		s.Base = NodeBase
	}
	if len(problems) > 0 {
		return Spec{}, fmt.Errorf("describe image: %s", strings.Join(problems, "; "))
	}
	return s, nil
}

// root is where the source is placed.
func (s Spec) root() string {
	if s.WorkingDir == "" {
		return DefaultWorkingDir
	}
	return path.Clean(s.WorkingDir)
}

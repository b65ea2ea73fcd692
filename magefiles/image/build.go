package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// Options say how to build, not what: nothing here changes the image.
type Options struct {
	// Dir keeps the files of the layers and what is needed on the way, which this user alone may read; all of it is the
	// caller's to remove. Empty means a temporary folder, removed by [Built.Close].
	Dir string
	// Base is how the registry of Spec.Base is reached.
	Base Access
	// Cache keeps layers for the next build, in its own folder. Nil means that every layer is made.
	Cache *Cache
	// Progress hears of each step, never from two goroutines at a time. Nil is silence.
	Progress func(Progress)

	now func() time.Time // nil is time.Now
}

// Progress is how far a step has come, in bytes.
type Progress struct {
	// Step is "base", "program", "image", "layer NAME" while building, "push" while pushing.
	Step string
	// Complete bytes of Total. Both are 0 at the start of a step whose size is not known; the last
	// report of a step has them equal.
	Complete, Total int64
}

// Built is an image whose layers are files.
type Built struct {
	// Image for Spec.Architecture.
	v1.Image
	// Index of the images for all platforms, where Spec.Platforms asked for one; else nil.
	Index v1.ImageIndex
	// Secrets are files in it that usually hold one, or begin with a private key, by their names in the image, in order;
	// without those of the base, those that packages and distributions ship, and Spec.AllowedSecrets.
	Secrets []Secret
	// Program in the image; nil where nothing needs to be known of it.
	Program *Program
	// Warnings say what the source shows of a program that will not do what is wanted, and what to do about it.
	Warnings []string

	builder   *builder
	temporary string
	transport *http.Transport // through which the base is still read
}

// Artifact is what is pushed: the index where there is one, else the image.
func (b *Built) Artifact() Artifact {
	if b.Index != nil {
		return b.Index
	}
	return b.Image
}

// Close removes the temporary files. The image cannot be read afterwards.
func (b *Built) Close() error {
	if b.transport != nil {
		b.transport.CloseIdleConnections()
	}
	var errs []error
	for _, l := range b.builder.files {
		errs = append(errs, l.close())
	}
	if b.temporary != "" {
		errs = append(errs, os.RemoveAll(b.temporary))
	}
	return errors.Join(errs...)
}

// Build makes the image that spec describes. Equal content gives the equal digest, whatever the order
// and times of the files, the machine and the folder; Go programs also depend on the version of Go.
// The result has OCI media types and must be closed.
//
// Errors: [*SourceError], [*NativeFileError], [*ArchitectureError] (a base, archive or layout for another machine),
// [*SecretsError].
func Build(ctx context.Context, spec Spec, opts Options) (_ *Built, err error) {
	spec, err = spec.normalised()
	if err != nil {
		return nil, err
	}
	if opts.now == nil {
		opts.now = time.Now
	}
	b := &builder{spec: spec, opts: opts, dir: opts.Dir, lasting: ctx, secrets: map[string]Secret{}}
	if b.press, err = newPress(spec.Compression); err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	built := &Built{builder: b}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "image-"); err != nil {
			return nil, fmt.Errorf("build image: %w", err)
		}
		built.temporary = b.dir
	} else if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	defer func() {
		if err != nil {
			built.Close()
		}
	}()

	err = b.images(ctx, built)
	built.transport = b.own
	if err != nil {
		return nil, err
	}
	if built.Secrets, err = b.suspected(); err != nil {
		return nil, err
	}
	built.Program, built.Warnings = b.program, b.warnings
	if opts.Cache != nil {
		opts.Cache.trim()
	}
	return built, nil
}

// builder is one run of Build.
type builder struct {
	spec Spec
	opts Options
	dir  string
	own  *http.Transport // made here, for want of Options.Base.Transport
	// press compresses the layers.
	press *press
	// lasting is the context of Build: a layer of the cache whose bytes turn out to be damaged is made again when it
	// is read, which is after Build.
	lasting context.Context

	mu       sync.Mutex // of opts.Progress, and of:
	files    []*layer
	secrets  map[string]Secret // by name
	packages []Package

	// Of the plan, the same for every platform.
	program  *Program
	warnings []string
	unseen   []string // layers of a finished image that could not be looked at

	saved *saved // where [Save] wrote the source
}

func (b *builder) report(p Progress) {
	if b.opts.Progress == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opts.Progress(p)
}

// plan is what a source means: its layers, lowest first, and what the configuration says by default.
type plan struct {
	layers     []layerPlan
	command    []string // the program with its arguments
	workingDir string
	env        map[string]string
	writes     []string // folders that it writes to
	volumes    []string // those that stay writable: Spec.Volumes, else writes
	program    *Program // nil where nothing needs to be known of it
	warnings   []string
	base       string // where the description names none
}

// images makes the image of each platform, and the index where it is asked for.
func (b *builder) images(ctx context.Context, built *Built) error {
	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range slices.Sorted(slices.Values(b.spec.architectures)) {
		spec := b.spec
		spec.Architecture = arch
		img, err := b.image(ctx, spec)
		if err != nil {
			return err
		}
		if err := CheckArchitecture(img, arch); err != nil {
			return fmt.Errorf("build image from %s: %w", spec.Source, err)
		}
		if arch == b.spec.Architecture {
			built.Image = img
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	if len(b.spec.Platforms) > 0 {
		annotations, err := plan{program: b.program}.annotations(b.spec)
		if err != nil {
			return err
		}
		if b.saved != nil {
			annotations = b.saved.annotations
		}
		built.Index, err = annotated(index, annotations)
		return err
	}
	return nil
}

// image makes the image of one platform: one that was built before as it is, else layers on a base.
func (b *builder) image(ctx context.Context, spec Spec) (v1.Image, error) {
	switch spec.Source.Kind {
	case KindArchive:
		b.report(Progress{Step: "image"})
		img, err := b.archive(ctx, spec)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", spec.Source, err)
		}
		return b.finished(img, spec)
	case KindLayout:
		b.report(Progress{Step: "image"})
		img, err := b.layout(ctx, spec.Source.Path, spec.Architecture)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", spec.Source, err)
		}
		return b.finished(img, spec)
	}
	p, err := b.plan(ctx, spec)
	if err != nil {
		return nil, err
	}
	spec.Base = cmp.Or(spec.Base, p.base)
	// The registry of the base is asked while the layers are made. The base is still read when they are: its context lasts.
	making, failing := errgroup.WithContext(ctx)
	var base v1.Image
	var layers []*layer
	if spec.Base != "" {
		b.report(Progress{Step: "base"})
	}
	making.Go(func() (err error) { base, err = b.base(ctx, spec); return err })
	making.Go(func() (err error) { layers, err = b.layers(failing, p.layers); return err })
	if err := making.Wait(); err != nil {
		return nil, err
	}
	return assemble(base, spec, p, layers)
}

// finished is an image that was built before, with what the description says about it; one of [Save] has that already.
func (b *builder) finished(img v1.Image, spec Spec) (v1.Image, error) {
	if b.saved != nil {
		return keeping(img, spec)
	}
	return adjusted(img, spec)
}

// plan says what the image holds.
func (b *builder) plan(ctx context.Context, spec Spec) (p plan, err error) {
	source := spec.Source
	switch source.Kind {
	case "":
	case KindFolder:
		files := tree{from: source.Path, to: spec.root()}
		files.pick, err = ignore(source.Path, "")
		p.layers = []layerPlan{{name: "files", trees: []tree{files}}}
	case KindNextJS:
		p, err = planNextJS(spec)
		b.program, b.warnings = p.program, p.warnings
	case KindNode:
		p, err = planNode(spec, b.opts.now())
		b.warnings = p.warnings
	case KindGo:
		b.report(Progress{Step: "program"})
		p, err = planGo(ctx, spec, b.dir)
		b.warnings = p.warnings
	default:
		return plan{}, fmt.Errorf("build image: %q is no kind of source", source.Kind)
	}
	if err != nil {
		return plan{}, err
	}
	if spec.Volumes == nil {
		spec.Volumes = p.writes
	}
	p.volumes = spec.Volumes
	if len(p.volumes) > 0 {
		p.layers = append(p.layers, layerPlan{name: "volumes", open: p.volumes})
	}
	for _, f := range spec.Folders {
		p.layers = append(p.layers, layerPlan{name: filepath.Base(f.To), trees: []tree{{from: f.From, to: f.To}}})
	}
	for i := range p.layers {
		p.layers[i].writable = p.volumes
	}
	return p, nil
}

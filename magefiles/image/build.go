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

	now          func() time.Time // nil is time.Now
	answer       time.Duration    // how long the base's registry may be silent; 0 is firstAnswer
	certificates string           // version of their module; empty is the one in this binary
}

// Progress is how far a step has come, in bytes.
type Progress struct {
	// Step is "base", "program", "image", "layer NAME" while building, "push" while pushing.
	Step string
	// Doing says in words what is under way where that is not counted in bytes: "compiling ./cmd/web for linux/amd64".
	Doing string
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
	// NotStartable says why a container of the image would end at once; nil where it would not, or where that is not known.
	NotStartable *NotStartable
	// Users are the numbers of the users of a finished image, by their names in its /etc/passwd.
	Users map[string]string
	// Warnings say what the source shows of a program that will not do what is wanted, and what to do about it.
	Warnings []string

	builder   *builder
	asked     *question
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
// [*BaseError], [*SecretsError].
func Build(ctx context.Context, spec Spec, opts Options) (_ *Built, err error) {
	spec, err = spec.normalised()
	if err != nil {
		return nil, err
	}
	if opts.now == nil {
		opts.now = time.Now
	}
	if opts.certificates == "" {
		opts.certificates = certificatesVersion()
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
	built.Program, built.Warnings = b.program, slices.Concat(b.warnings, b.seen, b.unknowingWarnings())
	built.NotStartable, built.Users, built.asked = b.notStartable, b.users, b.asked
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
	way  Access          // to the base's registry, once it was asked
	// press compresses the layers.
	press *press
	// lasting is the context of Build: a layer of the cache whose bytes turn out to be damaged is made again when it
	// is read, which is after Build.
	lasting context.Context

	mu        sync.Mutex // of opts.Progress, and of:
	files     []*layer
	secrets   map[string]Secret // by name
	packages  []Package
	unknowing []string // Go programs that find no certificates of authorities
	scripts   bool     // there is JavaScript outside of node_modules

	// Of the plan, the same for every platform.
	program  *Program
	warnings []string
	bundled  string   // folder of the application whose packages a build may have bundled
	unseen   []string // layers of a finished image that could not be looked at

	// Of the platform that is made.
	making string
	holds  listing
	native nativeModules
	users  map[string]string

	seen         []string // warnings of the image as a whole
	notStartable *NotStartable
	asked        *question // of the image for Spec.Architecture

	saved    *saved      // where [Save] wrote the source
	unpacked string      // folder of the layout of an archive
	chosen   []candidate // images of a layout, in the order of the platforms
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
	layers      []layerPlan
	command     []string // the program with its arguments
	workingDir  string
	env         map[string]string
	writes      []string // folders that it writes to
	volumes     []string // those that stay writable: Spec.Volumes, else writes
	program     *Program // nil where nothing needs to be known of it
	warnings    []string
	packages    []Package // that are in no file of the layers
	base        string    // where the description names none
	application string    // folder on disk of what was built; empty where nothing tells
}

// images makes the image of each platform, and the index where it is asked for.
func (b *builder) images(ctx context.Context, built *Built) (err error) {
	var all []platformImage
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
		all = append(all, platformImage{img, v1.Platform{OS: "linux", Architecture: arch}})
	}
	if len(b.spec.Platforms) > 0 {
		built.Index, err = b.index(all)
	}
	return err
}

// image makes the image of one platform: one that was built before as it is, else layers on a base.
func (b *builder) image(ctx context.Context, spec Spec) (v1.Image, error) {
	b.making, b.holds, b.native = spec.Architecture, listing{}, nativeModules{}
	switch spec.Source.Kind {
	case KindArchive:
		b.report(Progress{Step: "image"})
		img, err := b.archive(ctx, spec)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", spec.Source, unreadable(err))
		}
		return b.finished(img, spec)
	case KindLayout:
		b.report(Progress{Step: "image"})
		img, err := b.layout(ctx, spec.Source.Path, spec.Architecture)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", spec.Source, unreadable(err))
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
	if spec.Base != "" && spec.Base != Scratch {
		b.report(Progress{Step: "base"})
	}
	making.Go(func() (err error) { base, err = b.base(ctx, spec); return err })
	making.Go(func() (err error) { layers, err = b.layers(failing, p.layers); return err })
	if err := making.Wait(); err != nil {
		return nil, err
	}
	img, err := assemble(base, spec, p, layers)
	if err != nil {
		return nil, err
	}
	return img, b.judge(ctx, spec, p, base, img)
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
		b.program, b.warnings, b.bundled = p.program, p.warnings, p.application
	case KindNode:
		p, err = planNode(spec, b.opts.now())
		b.warnings, b.bundled = p.warnings, spec.Source.Path
	case KindGo:
		b.report(Progress{Step: "program"})
		p, err = b.planGo(ctx, spec)
		b.warnings = p.warnings
	default:
		return plan{}, fmt.Errorf("build image: %q is no kind of source", source.Kind)
	}
	if err != nil {
		return plan{}, err
	}
	if p.program == nil && spec.Program != nil {
		p.program, b.program = spec.Program, spec.Program
	}
	if err := p.addFiles(spec); err != nil {
		return plan{}, err
	}
	b.addPackages(p.packages)
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

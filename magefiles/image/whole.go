package image

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// judge looks at the image of one platform as a whole: what its layers hold, and what is asked of them. The base is read
// only where its configuration leaves a question open: what it holds is usually what its distribution has.
func (b *builder) judge(ctx context.Context, spec Spec, p plan, base, img v1.Image) error {
	cf, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("read image configuration: %w", err)
	}
	baseConfig, err := base.ConfigFile()
	if err != nil {
		return fmt.Errorf("read base %s: %w", spec.Base, err)
	}
	own := b.holds // which is another platform's afterwards
	q := &question{
		builder: b, base: base, scratch: spec.Base == "" || spec.Base == Scratch, own: &own, config: cf.Config,
		told: libcsOf(baseConfig), brings: baseBrings(baseConfig), hasShell: shellRan(baseConfig),
	}
	b.askLater(q, spec)
	broken := q.own.brokenLinks(p, spec.root())
	inBase := func(l brokenLink) bool { return l.mayBeInBase(baseConfig.Config.WorkingDir) }
	if slices.ContainsFunc(broken, inBase) {
		if all := q.everything(ctx); all != nil {
			broken = slices.DeleteFunc(broken, func(l brokenLink) bool { _, _, found := all.find(l.name); return found })
		}
	}
	b.warn(warnOfLinks(broken, spec.Source.Kind))
	q.modules(ctx, b.native, spec.Architecture)
	q.starts(ctx, executionOf(cf.Config, spec.ContainerCommand))
	return q.err(ctx)
}

// judgeFinished looks at an image that was built before, of which every layer was looked at.
func (b *builder) judgeFinished(img v1.Image, spec Spec) error {
	cf, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("read image configuration: %w", err)
	}
	own := b.holds
	b.askLater(&question{builder: b, scratch: true, own: &own, config: cf.Config}, spec)
	if !b.holds.partial {
		b.starts(executionOf(cf.Config, spec.ContainerCommand), &b.holds)
	}
	return nil
}

// question is what is asked of an image whose base is not listed yet.
type question struct {
	*builder
	base    v1.Image
	scratch bool
	own     *listing
	told    libcs           // by the base's steps
	brings  map[string]bool // programs that the base's configuration tells of
	config  v1.Config       // of the image
	// hasShell: the base's steps were run by a shell.
	hasShell bool
	all      *listing // the base with what is over it; nil until it is asked for
	unread   error    // why there is none
}

// askLater keeps what is known of the image that the task runs, for questions that its program decides.
func (b *builder) askLater(q *question, spec Spec) {
	if spec.Architecture == b.spec.Architecture {
		b.asked = q
	}
}

// everything is the base with the layers over it; nil where it cannot be read.
func (q *question) everything(ctx context.Context) *listing {
	switch {
	case q.all != nil || q.unread != nil:
		return q.all
	case q.scratch:
		q.all = q.own
		return q.all
	}
	q.all, q.unread = q.readBase(ctx, q.base)
	if q.unread != nil {
		q.all = nil
		return nil
	}
	q.own.settle()
	for name, e := range q.own.names {
		q.all.set(name, e)
	}
	return q.all
}

// err is that of a context that ended while the base was read; whatever else kept it from being read is no failure of the
// image.
func (q *question) err(ctx context.Context) error {
	if q.unread != nil && ctx.Err() != nil {
		return fmt.Errorf("read base: %w", errors.Join(ctx.Err(), q.unread))
	}
	return nil
}

// modules warns of what does not load: for another processor, or for another C library than the image has.
func (q *question) modules(ctx context.Context, native nativeModules, arch string) {
	if len(native.picky())+len(native.misfits()) == 0 {
		return
	}
	has, own := q.told, q.own.libcs()
	has.glibc, has.musl = has.glibc || own.glibc, has.musl || own.musl
	if !q.told.known() && len(native.picky()) > 0 {
		if all := q.everything(ctx); all != nil {
			has = all.libcs()
		}
	}
	q.warn(native.foreign(has, arch)...)
	q.warn(native.unlinked(has, arch)...)
}

// starts sees whether what is executed is there.
func (q *question) starts(ctx context.Context, x execution) {
	switch {
	case len(x.words) == 0 || x.nothingToRun() != nil:
		q.builder.starts(x, q.own)
		return
	case q.brings[path.Base(x.words[0])] && !strings.Contains(x.words[0], "/") && x.lookUp(q.own, x.words[0]) == nil:
		// The base's own program; what it is told to run is among the layers, or in the base.
		if script := x.noScript(q.own); script == nil || !within(script.File, []string{x.workingDir}) {
			return
		}
	case x.missing(q.own) == nil:
		return
	}
	if all := q.everything(ctx); all != nil {
		q.builder.starts(x, all)
		return
	}
	q.warn(fmt.Sprintf("whether %s is in the image is not known: it is in none of the layers, and the base cannot be looked at: %v", x.words[0], q.unread))
}

// starts remembers what cannot start.
func (b *builder) starts(x execution, all *listing) {
	if b.notStartable == nil {
		b.notStartable = x.nothingToRun()
	}
	if b.notStartable == nil {
		b.notStartable = x.missing(all)
	}
}

// warn adds what is not empty and was not said before: an image for another platform says the same.
func (b *builder) warn(warnings ...string) {
	for _, w := range warnings {
		if w != "" && !slices.Contains(b.seen, w) {
			b.seen = append(b.seen, w)
		}
	}
}

// baseBrings are programs that a base's configuration tells of: what it starts, and what official images of languages say
// in a variable. https://github.com/docker-library/official-images
func baseBrings(cf *v1.ConfigFile) map[string]bool {
	brings := map[string]bool{}
	for variable, programs := range map[string]string{
		"NODE_VERSION": "node npm npx", "PYTHON_VERSION": "python python3", "JAVA_VERSION": "java", "RUBY_VERSION": "ruby", "PHP_VERSION": "php",
	} {
		if slices.ContainsFunc(cf.Config.Env, func(e string) bool { return strings.HasPrefix(e, variable+"=") }) {
			for program := range strings.FieldsSeq(programs) {
				brings[program] = true
			}
		}
	}
	if len(cf.Config.Entrypoint) == 0 && len(cf.Config.Cmd) > 0 && !strings.Contains(cf.Config.Cmd[0], "/") {
		brings[cf.Config.Cmd[0]] = true
		brings["sh"] = brings["sh"] || brings["bash"]
	}
	return brings
}

package targets

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// ImageBuild builds the image of SPLITECS_ENV, or of the default environment, and writes its digest to stdout.
// It needs no credentials, but for those of the base image's registry.
func (t Set) ImageBuild(ctx context.Context) error {
	return t.run(ctx, "image:build", t.defaultEnvironment(), func(ctx context.Context, s *session) error {
		img, _, err := s.build(ctx, s.describe(ctx), nil)
		if err != nil {
			return err
		}
		defer img.Close() // temporary files
		digest, err := img.Artifact().Digest()
		if err != nil {
			return fmt.Errorf("compute digest of image: %w", err)
		}
		s.console.Result("%s", digest)
		return nil
	})
}

// ImagePush builds the image and pushes it to the environment's repository, or to SPLITECS_REPOSITORY. The only
// line on stdout is repository@sha256:…; what is there already is not sent again.
func (t Set) ImagePush(ctx context.Context) error {
	return t.run(ctx, "image:push", t.defaultEnvironment(), func(ctx context.Context, s *session) error {
		if s.settings.repository == "" {
			if err := s.connect(ctx); err != nil {
				return err
			}
		}
		reference, err := s.push(ctx)
		if err != nil {
			return err
		}
		s.console.Result("%s", reference)
		return nil
	})
}

// push builds and pushes, and returns the pinned reference.
func (s *session) push(ctx context.Context) (string, error) {
	described := s.describe(ctx)
	repository, access, err := s.registry(ctx)
	if err != nil {
		return "", err
	}
	kept, err := s.findKept(ctx, described)
	if err != nil {
		return "", err
	}
	img, commit, err := s.build(ctx, described, kept)
	if err != nil {
		return "", err
	}
	defer img.Close() // temporary files
	tag := s.settings.tag
	if tag == "" && commit.err != nil {
		return "", commit.err
	}
	if tag == "" {
		tag = commit.Tag()
	}
	pushed, err := s.send(ctx, img, repository+":"+tag, access)
	return pushed.Reference, err
}

// send pushes an image with its bill of materials.
func (s *session) send(ctx context.Context, img *image.Built, reference string, access image.Access) (image.Pushed, error) {
	opts := image.PushOptions{Registry: access, MountFrom: s.siblings(reference)}
	sbom, err := s.sbom(img)
	if err != nil {
		return image.Pushed{}, err
	}
	if sbom != nil {
		opts.Referrers = append(opts.Referrers, sbom)
	}
	return s.pushArtifact(ctx, img.Artifact(), reference, opts)
}

// pushArtifact pushes and tells what came of it.
func (s *session) pushArtifact(ctx context.Context, a image.Artifact, reference string, opts image.PushOptions) (image.Pushed, error) {
	s.console.Step("pushing %s", reference)
	m := s.meter()
	opts.Progress = m.report
	pushed, err := image.Push(ctx, a, reference, opts)
	if err != nil {
		return pushed, err
	}
	m.end()
	if pushed.Uploaded {
		s.console.Note("pushed %s as %s, %.1f MB sent", pushed.Digest, pushed.Tag, float64(pushed.Bytes)/1e6)
	} else {
		s.console.Note("%s is there already as %s: nothing sent", pushed.Digest, pushed.Tag)
	}
	if pushed.NotAttached != nil {
		s.console.Note("the registry does not take the bill of materials, the image is there: %v", pushed.NotAttached)
	}
	return pushed, nil
}

// commit is the source's commit, or why there is none.
type commit struct {
	image.Commit
	err error
}

// shownSecrets is how many suspicious files are named.
const shownSecrets = 10

// describe begins to ask git about the commit: in a large tree that takes as long as AWS does to answer.
func (s *session) describe(ctx context.Context) func() commit {
	answer := make(chan commit, 1)
	go func() {
		var from commit
		from.Commit, from.err = image.Describe(ctx, s.Dir)
		answer <- from
	}()
	return sync.OnceValue(func() commit { return <-answer })
}

// dirtyRevision stands behind the commit's name in the label of an image that was made of a tree with changes.
const dirtyRevision = "-dirty"

// build makes the image of the environment. It keeps assets of earlier builds.
func (s *session) build(ctx context.Context, described func() commit, kept []image.Assets) (*image.Built, commit, error) {
	spec, err := s.imageSpec(ctx)
	if err != nil {
		return nil, commit{}, err
	}
	return s.buildSpec(ctx, spec, described, kept)
}

// buildSpec makes the image of a description, of a commit.
func (s *session) buildSpec(ctx context.Context, spec image.Spec, described func() commit, kept []image.Assets) (*image.Built, commit, error) {
	from := described()
	if _, none := errors.AsType[*image.NoCommitError](from.err); from.err != nil && !none {
		return nil, from, from.err
	}
	spec.Revision, spec.Created, spec.Keep = from.SHA, from.Time, kept
	if from.Dirty {
		spec.Revision += dirtyRevision
		s.console.Note("warning: the tree is not what was committed (git status): the image says so in its tag, and nobody can build it again")
	}
	img, err := s.makeImage(ctx, spec)
	if err != nil {
		return nil, from, err
	}
	from, err = commitOfSaved(img, from)
	if err != nil {
		return nil, from, errors.Join(err, img.Close())
	}
	return img, from, nil
}

// makeImage makes the image of a description, and tells what was seen of it.
func (s *session) makeImage(ctx context.Context, spec image.Spec) (*image.Built, error) {
	s.console.Step("building image from %s", spec.Source)
	m := s.meter()
	img, err := image.Build(ctx, spec, image.Options{
		Cache:    s.imageCache(),
		Progress: m.report,
		Base:     s.accessTo(spec.Base),
	})
	if err != nil {
		return nil, err
	}
	m.end()
	for _, warning := range img.Warnings {
		s.console.Note("warning: %s", warning)
	}
	for _, secret := range img.Secrets[:min(len(img.Secrets), shownSecrets)] {
		s.console.Note("warning: %s", suspicion(secret))
	}
	if more := len(img.Secrets) - shownSecrets; more > 0 {
		s.console.Note("warning: so do %d more files", more)
	}
	if err := errors.Join(s.words(ctx, img), s.startableImage(img)); err != nil {
		return nil, errors.Join(err, img.Close())
	}
	if err := image.CheckArchitecture(img, string(s.place.Environment.Architecture)); err != nil {
		return nil, errors.Join(err, img.Close())
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read configuration of image: %w", err), img.Close())
	}
	if len(cf.Config.Entrypoint)+len(cf.Config.Cmd)+len(s.place.Container.Command) == 0 {
		s.console.Note("warning: the image starts nothing: neither its source, its base, App.Image nor App.Container says what; next: say it in App.Image.Command, with an App.Image.Base that has it, or name one of the forms whose program is known: %s", image.KnownForms)
	}
	return img, nil
}

// suspicion says of a file that it looks like a secret. Pure.
func suspicion(secret image.Secret) string {
	const read = "everybody who may pull the image can read it"
	if len(secret.Variables) == 0 {
		return secret.String() + " is in the image and looks like a secret: " + read
	}
	return fmt.Sprintf("%s is in the image and looks like a secret: it gives values to %s, which the program finds where it runs (the task's own variables go before them); %s",
		secret, strings.Join(secret.Variables, ", "), read)
}

// withoutSecrets is what to do about an image that holds files which look like secrets. Pure.
func withoutSecrets(e *image.SecretsError) []string {
	if len(e.Secrets) == 0 {
		return []string{"make the archive or layout anew", "unset App.Image.RefuseSecrets, where nothing in it can be secret"}
	}
	var names []string
	for _, s := range e.Secrets[:min(len(e.Secrets), shownSecrets)] {
		names = append(names, strconv.Quote(s.Name))
	}
	return []string{
		"take them out of the source, or leave them out by a .dockerignore in it; what the program needs of them belongs into Environment.Secrets",
		"where they are no secrets, or belong there: App.Image.AllowedSecrets = []string{" + strings.Join(names, ", ") + "}",
	}
}

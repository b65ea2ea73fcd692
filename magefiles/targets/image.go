package targets

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
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

// siblings are the repositories of the other environments in the same registry as reference, an image of this
// environment's own.
func (s *session) siblings(reference string) (repositories []string) {
	host, rest, _ := strings.Cut(reference, "/")
	if !strings.HasPrefix(rest, s.place.Names.Repository+":") {
		return nil // SPLITECS_REPOSITORY
	}
	if s.place.Env == cfn.Local {
		return nil // the embedded AWS has no other environment
	}
	for _, env := range s.place.App.EnvironmentNames() {
		other, err := s.place.In(env)
		if err == nil && env != s.place.Env && env != cfn.Local && together(other, s.place) {
			repositories = append(repositories, host+"/"+other.Names.Repository)
		}
	}
	return repositories
}

// registry is where to push: SPLITECS_REPOSITORY with the credentials of docker login, or the environment's
// ECR repository.
func (s *session) registry(ctx context.Context) (repository string, access image.Access, err error) {
	if r := s.settings.repository; r != "" {
		return r, image.Access{Keychain: authn.DefaultKeychain, Transport: image.NewTransport(roots(s.Getenv))}, nil
	}
	return s.ecrRegistry(ctx)
}

// ecrRegistry is the environment's ECR repository.
func (s *session) ecrRegistry(ctx context.Context) (repository string, access image.Access, err error) {
	infra, err := s.describeInfra(ctx)
	if err != nil {
		return "", image.Access{}, err
	}
	uri := infra.Outputs[cfn.OutputRepositoryURI]
	if uri == "" {
		return "", image.Access{}, s.place.CheckInfra(infra.Outputs)
	}
	return uri, s.registryOf(uri), nil
}

// registryOf reaches the ECR registry of a repository.
func (s *session) registryOf(uri string) image.Access {
	return image.NewECR(s.clients.ecr(), uri, nil).Access(image.NewTransport(roots(s.Getenv)))
}

// roots are the certificate authorities of AWS_CA_BUNDLE; nil is the system's.
func roots(getenv func(string) string) *x509.CertPool {
	bundle := getenv("AWS_CA_BUNDLE")
	if bundle == "" {
		return nil
	}
	pem, err := os.ReadFile(bundle)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return nil // the SDK refuses an unusable bundle by name before this is asked
	}
	return pool
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
	from := described()
	if _, none := errors.AsType[*image.NoCommitError](from.err); from.err != nil && !none {
		return nil, from, from.err
	}
	spec.Revision, spec.Created, spec.Keep = from.SHA, from.Time, kept
	if from.Dirty {
		spec.Revision += dirtyRevision
		s.console.Note("warning: the tree is not what was committed (git status): the image says so in its tag, and nobody can build it again")
	}
	s.console.Step("building image from %s", spec.Source)
	m := s.meter()
	img, err := image.Build(ctx, spec, image.Options{
		Cache:    s.imageCache(),
		Progress: m.report,
		Base:     image.Access{Keychain: authn.DefaultKeychain, Transport: image.NewTransport(roots(s.Getenv))},
	})
	if err != nil {
		return nil, from, err
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
	if err := image.CheckArchitecture(img, string(s.place.Environment.Architecture)); err != nil {
		return nil, from, errors.Join(err, img.Close())
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, from, errors.Join(fmt.Errorf("read configuration of image: %w", err), img.Close())
	}
	if len(cf.Config.Entrypoint)+len(cf.Config.Cmd)+len(s.place.Container.Command) == 0 {
		s.console.Note("the image starts nothing: neither its source, its base, App.Image nor App.Container says what")
	}
	from, err = commitOfSaved(img, from)
	if err != nil {
		return nil, from, errors.Join(err, img.Close())
	}
	return img, from, nil
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

// source finds out what the image is made of. The project's own folder, where nothing is named, has to be a build
// or a program: a folder as it is would take along whatever lies in it.
func (s *session) source(ctx context.Context, path string) (image.Source, error) {
	if path != "" {
		return image.Detect(ctx, s.Dir, path)
	}
	source, err := image.Detect(ctx, s.Dir, ".")
	if err == nil && source.Kind == image.KindFolder {
		err = &image.SourceError{Path: s.Dir, Reason: "is neither a Next.js build nor a Go main package, and nothing else is named as App.Image.Source"}
	}
	return source, err
}

// imageSpec describes the image: SPLITECS_SOURCE, else App.Image. On the embedded AWS a source that is not here
// gives way to the sample application, and that is said.
func (s *session) imageSpec(ctx context.Context) (image.Spec, error) {
	cfg, container := s.place.Image, s.place.ImageContainer
	if s.settings.source != "" {
		cfg.Source = s.settings.source
	}
	source, err := s.source(ctx, cfg.Source)
	_, unusable := errors.AsType[*image.SourceError](err)
	switch {
	case unusable && s.place.Env == cfn.Local && s.settings.source == "":
		s.console.Note("%v: using the sample application", err)
		cfg = cfn.Image{}
		source = image.Source{Kind: image.KindGo, Path: awslocal.SampleApplication, Module: s.Dir}
	case err != nil:
		return image.Spec{}, err
	case s.settings.source != "" && source.Kind == image.KindGo:
		// The base and the entrypoint of the App are for the App's own source.
		cfg.Base, cfg.Entrypoint, cfg.Command, cfg.WorkingDir = "", nil, nil, ""
	}
	spec := image.Spec{
		Source: source, Base: cfg.Base, Architecture: string(s.place.Environment.Architecture),
		Entrypoint: cfg.Entrypoint, Command: cfg.Command, WorkingDir: cfg.WorkingDir, Env: cfg.Env, Labels: cfg.Labels,
		Compression: image.Compression(cfg.Compression), RefuseSecrets: cfg.RefuseSecrets, AllowedSecrets: cfg.AllowedSecrets,
	}
	for _, p := range cfg.Platforms {
		spec.Platforms = append(spec.Platforms, string(p))
	}
	if source.IsImage() {
		return spec, nil // it keeps its digest unless the App says something about it
	}
	if container.User != cfn.ImageUser {
		spec.User = container.User
	}
	spec.Ports, spec.Volumes = []int{container.Port}, container.WritablePaths
	if container.WritableRootFilesystem {
		spec.Volumes = []string{}
	}
	spec.HealthCheckPath, spec.ReadOnlyRoot = container.HealthCheckPath, !container.WritableRootFilesystem
	spec.ActionsKey = s.Getenv("NEXT_SERVER_ACTIONS_ENCRYPTION_KEY")
	spec.KeepAlive, err = s.place.KeepAlive()
	return spec, err
}

package targets

import (
	"context"
	"errors"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// source finds out what the image is made of. The project's own folder, where nothing is named, has to be a build
// or a program: a folder as it is would take along whatever lies in it.
func (s *session) source(ctx context.Context, path string) (image.Source, error) {
	if path != "" {
		return image.Detect(ctx, s.Dir, path)
	}
	source, err := image.Detect(ctx, s.Dir, ".")
	if err == nil && source.Kind == image.KindFolder {
		err = &image.SourceError{Path: s.Dir, Reason: "is none of the forms that are known (" + image.KnownForms + "), and nothing else is named as App.Image.Source"}
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

package targets

import (
	"context"
	"errors"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// source finds out what the image is made of. The project's own folder, where nothing is named, has to be a build
// or a program: a folder as it is would take along whatever lies in it.
func (s *session) source(ctx context.Context, path string, tags []string) (image.Source, error) {
	if path != "" {
		return image.Detect(ctx, s.Dir, path, tags...)
	}
	source, err := image.Detect(ctx, s.Dir, ".", tags...)
	if err == nil && source.Kind == image.KindFolder {
		err = &image.SourceError{Path: s.Dir, Reason: "is none of the forms that are known (" + image.KnownForms + "), and nothing else is named as App.Image.Source"}
	}
	return source, err
}

// imageSpec describes the image: SPLITECS_SOURCE, else App.Image.
func (s *session) imageSpec(ctx context.Context) (image.Spec, error) {
	cfg := s.place.Image
	if s.settings.source != "" {
		cfg.Source, cfg.Go = s.settings.source, cfn.GoBuild{} // those are for the App's own source
	}
	source, err := s.source(ctx, cfg.Source, cfg.Go.Tags)
	if err != nil {
		return image.Spec{}, err
	}
	if s.settings.source != "" && source.Kind == image.KindGo {
		// So are the base, the entrypoint and the files.
		cfg.Base, cfg.Entrypoint, cfg.Command, cfg.WorkingDir, cfg.Files = "", nil, nil, "", nil
	}
	return s.specOf(ctx, source, cfg)
}

// specOf describes the image of a source.
func (s *session) specOf(ctx context.Context, source image.Source, cfg cfn.Image) (image.Spec, error) {
	container := s.place.ImageContainer
	spec := image.Spec{
		Source: source, Base: cfg.Base, Architecture: string(s.place.Environment.Architecture),
		Entrypoint: cfg.Entrypoint, Command: cfg.Command, WorkingDir: cfg.WorkingDir, Env: cfg.Env, Labels: cfg.Labels,
		Compression: image.Compression(cfg.Compression), RefuseSecrets: cfg.RefuseSecrets, AllowedSecrets: cfg.AllowedSecrets,
	}
	spec.ContainerCommand, spec.Program = container.Command, sampleIn(source, cfg.WorkingDir)
	var err error
	if source.Kind == image.KindGo {
		if spec.Go, err = s.goBuild(ctx, cfg.Go); err != nil {
			return image.Spec{}, err
		}
	}
	for _, p := range cfg.Platforms {
		spec.Platforms = append(spec.Platforms, string(p))
	}
	if source.IsImage() {
		return spec, nil // it keeps its digest unless the App says something about it
	}
	spec.Files = image.Files{From: s.Dir, Names: cfg.Files}
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

// goBuild is how a Go program is compiled, with the packages that the App names looked up.
func (s *session) goBuild(ctx context.Context, cfg cfn.GoBuild) (image.GoBuild, error) {
	out := image.GoBuild{Values: cfg.Values, Tags: cfg.Tags}
	for _, name := range cfg.Programs {
		program, err := image.Detect(ctx, s.Dir, name, cfg.Tags...)
		reason := "is no Go main package"
		if unusable, ok := errors.AsType[*image.SourceError](err); ok {
			reason = unusable.Reason
		} else if err != nil {
			return image.GoBuild{}, err
		}
		if program.Kind != image.KindGo {
			return image.GoBuild{}, &image.PartError{Field: "Go.Programs", Name: name, Reason: reason}
		}
		out.Programs = append(out.Programs, program)
	}
	return out, nil
}

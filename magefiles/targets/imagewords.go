package targets

import (
	"context"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/preflight"
)

// imageSeen is what preflight judges of an image's configuration.
func (s *session) imageSeen(found image.Inspection) preflight.Image {
	return preflight.Image{
		Platforms: []string{found.OS + "/" + found.Architecture}, Ports: found.Ports, User: found.User, Volumes: found.Volumes, OwnVolumes: found.OwnVolumes,
		EntryPoint: found.Entrypoint, Command: found.Command, Starts: len(found.Entrypoint)+len(found.Command) > 0,
		HealthCheck: found.HealthCheck, StopSignal: found.StopSignal, Env: found.Env, UnknownLayer: found.UnknownLayer, Program: s.programSeen(found),
	}
}

// programSeen is what an image says of its program, or what it looks like.
func (s *session) programSeen(found image.Inspection) preflight.Program {
	p := found.Program
	if p == nil {
		return preflight.Program{NextJS: found.LooksLikeNextJS}
	}
	return preflight.Program{
		NextJS: p.Framework == image.NextJS, Home: p.Home, Dist: p.Dist, BasePath: p.BasePath, Writes: p.Writes,
		Public: p.Public, PublicAtRunTime: p.PublicAtRunTime, HealthCheck: p.Unanswered(s.place.Container.HealthCheckPath),
	}
}

// askedByImage is the health check's command, as far as the image alone decides whether it can run: the task's own PATH would
// lead elsewhere.
func askedByImage(w preflight.Wanted) []string {
	_, variable := w.Variables["PATH"]
	_, secret := w.Secrets["PATH"]
	if variable || secret {
		return nil
	}
	return w.HealthCheckCommand
}

// words warns of what the image that was built says against what is configured.
func (s *session) words(ctx context.Context, img *image.Built) error {
	found, err := image.InspectImage(img)
	if err != nil {
		return err
	}
	configured := s.place // follows is for this look alone
	defer func() { s.place = configured }()
	if err := s.follows(img.Program); err != nil {
		return err
	}
	w, err := templateWants(s.place)
	if err != nil {
		return err
	}
	seen := s.imageSeen(found)
	seen.Users = img.Users
	unhealthy, err := img.HealthCheck(ctx, askedByImage(w))
	if err != nil {
		return err
	}
	if unhealthy != nil {
		seen.NoHealthCheck, seen.HealthCheckNext = unhealthy.Reason, strings.Join(unhealthy.Next, "; ")
	}
	for _, f := range preflight.CheckWords(preflight.Facts{Wanted: w, Image: preflight.Fact[preflight.Image]{State: preflight.Known, Value: seen}}) {
		s.console.Note("warning: %s: %s; next: %s", f.What, f.Why, f.Next)
	}
	return nil
}

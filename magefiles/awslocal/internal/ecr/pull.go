package ecr

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// maxConfig is the largest image config in bytes.
const maxConfig = 4 << 20

// Image is what a task learns of an image by pulling it.
type Image struct {
	Repository string
	Digest     string // what the reference resolves to: of an index, where it names one
	Manifest   string // digest of the image's own manifest
	Size       int64  // of its layers, in bytes

	OS, Architecture, Variant string

	Env          []string // NAME=value
	Labels       map[string]string
	User         string
	WorkingDir   string
	Entrypoint   []string
	Cmd          []string
	StopSignal   string
	ExposedPorts []string // such as "3000/tcp", sorted
	Healthcheck  []string // the test of a HEALTHCHECK; nil where there is none
	Volumes      []string // paths of VOLUMEs, sorted
	DiffIDs      []string // digests of its layers when they are uncompressed, the lowest first
}

// PullCode tells pull errors apart.
type PullCode string

// What keeps an image from being pulled.
const (
	PullOtherRegistry PullCode = "OtherRegistry" // not an image of this registry, or not a reference
	PullNoRepository  PullCode = "NoRepository"
	PullNoImage       PullCode = "NoImage"
	PullNoPlatform    PullCode = "NoPlatform" // the index has no image for the platform
	PullBroken        PullCode = "Broken"     // no container image: an artifact, or content is gone
)

// PullError is why a task cannot pull. Its text is the stopped reason's, as Fargate's containerd words it:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html.
type PullError struct {
	Code PullCode
	Text string
	// Registry is what the registry itself says, which the stopped reason does not show: containerd says
	// "not found" for a missing repository as for a missing image.
	Registry string
}

func (e *PullError) Error() string { return e.Text }

func pullError(code PullCode, registry, format string, args ...any) *PullError {
	return &PullError{Code: code, Registry: registry,
		Text: "CannotPullContainerError: pull image manifest has been retried 1 time(s): " + fmt.Sprintf(format, args...)}
}

// asAWS is an error's text without its code.
func asAWS(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// Image finds the image that a task of a platform gets for a reference: HOST/REPOSITORY:TAG or @DIGEST, where
// HOST is the account's registry or any loopback address with a port (the port differs from process to process,
// the registry is one). Architecture is as in an image config: amd64, arm64. An index is followed; a single image
// is taken as it is, whatever it was built for, as a container runtime does. The error is a *[PullError].
//
// It is for use inside a transaction.
func (s *Service) Image(ref, os, architecture string) (*Image, error) {
	r, err := oci.ParseReference(ref)
	if err != nil || (r.Host != s.catalog.Account.RegistryHost() && !r.Loopback()) {
		host := r.Host
		if err != nil {
			host = ref
		}
		return nil, pullError(PullOtherRegistry, "", "failed to resolve ref %s: failed to do request: the embedded AWS has no registry %s", ref, host)
	}
	repo, err := s.catalog.Get("", r.Repository)
	if err != nil {
		return nil, pullError(PullNoRepository, asAWS(err), "failed to resolve ref %s: %s: not found", ref, ref)
	}
	key := string(r.Digest)
	if key == "" {
		key = r.Tag
	}
	top := repo.Lookup(key)
	if top == nil {
		return nil, pullError(PullNoImage, "Requested image not found", "failed to resolve ref %s: %s: not found", ref, ref)
	}
	image, err := s.forPlatform(repo, top, os, architecture)
	if err != nil {
		return nil, pullError(PullBroken, err.Error(), "failed to copy: %s: not found", top.Digest)
	}
	if image == nil {
		return nil, pullError(PullNoPlatform, "", "image Manifest does not contain descriptor matching platform '%s/%s'", os, architecture)
	}
	out, err := s.config(image)
	if err != nil {
		return nil, pullError(PullBroken, err.Error(), "failed to unpack image %s: %v", ref, err)
	}
	out.Repository, out.Digest, out.Manifest, out.Size = repo.Name, string(top.Digest), string(image.Digest), image.Size
	return out, nil
}

// forPlatform follows an index, and indexes in it; nil where no image is for the platform.
func (s *Service) forPlatform(r *catalog.Repository, i *catalog.Image, os, architecture string) (*catalog.Image, error) {
	if !oci.IsIndex(i.MediaType) {
		return i, nil
	}
	data, err := s.catalog.Manifest(i)
	if err != nil {
		return nil, err
	}
	m, err := oci.ParseManifest(data, i.MediaType)
	if err != nil {
		return nil, err
	}
	for _, d := range m.Children() {
		child := r.Image(d.Digest)
		if child == nil || (d.Platform != nil && (d.Platform.OS != os || d.Platform.Architecture != architecture)) {
			continue
		}
		if found, err := s.forPlatform(r, child, os, architecture); err != nil || found != nil {
			if d.Platform == nil && found != nil { // the index does not say: the image does
				if c, err := s.config(found); err != nil || c.OS != os || c.Architecture != architecture {
					continue
				}
			}
			return found, err
		}
	}
	return nil, nil
}

// config reads the image's config: https://github.com/opencontainers/image-spec/blob/main/config.md.
func (s *Service) config(i *catalog.Image) (*Image, error) {
	var c struct {
		OS           string `json:"os"`
		Architecture string `json:"architecture"`
		Variant      string `json:"variant"`
		Config       struct {
			Env          []string
			Labels       map[string]string
			User         string
			WorkingDir   string
			Entrypoint   []string
			Cmd          []string
			StopSignal   string
			ExposedPorts map[string]struct{}
			Volumes      map[string]struct{}
			Healthcheck  *struct{ Test []string }
		} `json:"config"`
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	data, err := s.catalog.Blobs.Read(i.Config, maxConfig)
	if err != nil {
		return nil, fmt.Errorf("read image config: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("read image config: %w", err)
	}
	if c.OS == "" && c.Architecture == "" {
		return nil, fmt.Errorf("%s is not the config of a container image", i.Config)
	}
	out := &Image{
		OS: c.OS, Architecture: c.Architecture, Variant: c.Variant,
		Env: c.Config.Env, Labels: c.Config.Labels, User: c.Config.User, WorkingDir: c.Config.WorkingDir,
		Entrypoint: c.Config.Entrypoint, Cmd: c.Config.Cmd, StopSignal: c.Config.StopSignal,
		ExposedPorts: slices.Sorted(maps.Keys(c.Config.ExposedPorts)), Volumes: slices.Sorted(maps.Keys(c.Config.Volumes)), DiffIDs: c.RootFS.DiffIDs,
	}
	if c.Config.Healthcheck != nil {
		out.Healthcheck = c.Config.Healthcheck.Test
	}
	return out, nil
}

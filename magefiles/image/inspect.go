package image

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Inspection is what an image's configuration says.
type Inspection struct {
	OS, Architecture string // "linux", "amd64"
	Ports            []int  // exposed TCP ports, sorted
	User             string
	Volumes          []string // sorted
	Entrypoint       []string
	Command          []string
	Created          time.Time
	Revision         string // the commit, of the label org.opencontainers.image.revision
	Env              map[string]string
	Program          *Program // nil where the image does not tell
	// HealthCheck is the command of HEALTHCHECK; empty where there is none, or where it is turned off.
	HealthCheck []string
	StopSignal  string // of STOPSIGNAL; empty is SIGTERM
	// LooksLikeNextJS: it does not tell, and shows a Next.js server; see [LooksLikeNextJS].
	LooksLikeNextJS bool
	// UnknownLayer is the media type of a layer that not every container runtime counts, such as Docker's own for zstd; empty
	// where there is none.
	UnknownLayer string
	// OwnVolumes are those of Volumes that [Build] declared for Spec.Volumes.
	OwnVolumes []string
}

// Inspect reads the manifest and the configuration of an image in its registry, and no layer. Of an index it reads
// the image for linux and the architecture (any word that [Architecture] knows); where there is none, the error is
// an [*ArchitectureError]. An image that is none of an index is read whatever it is built for. A repository that does
// not exist or may not be read is a [*RepositoryNotFoundError] or an [*AccessDeniedError].
func Inspect(ctx context.Context, reference, architecture string, access Access) (Inspection, error) {
	img, err := Open(ctx, reference, architecture, access)
	if err != nil {
		return Inspection{}, err
	}
	found, err := InspectImage(img)
	if err != nil {
		return Inspection{}, fmt.Errorf("inspect image %s: %w", reference, err)
	}
	return found, nil
}

// Open finds an image as [Inspect] does, for a further look at it. Nothing but its manifest has been read.
func Open(ctx context.Context, reference, architecture string, access Access) (v1.Image, error) {
	img, err := fetch(ctx, reference, architecture, access)
	if err != nil {
		return nil, fmt.Errorf("inspect image %s: %w", reference, err)
	}
	return img, nil
}

// InspectImage is the same of an image that is at hand.
func InspectImage(img v1.Image) (Inspection, error) {
	cf, err := img.ConfigFile()
	if err != nil {
		return Inspection{}, fmt.Errorf("read configuration: %w", err)
	}
	found := Inspection{
		OS: cf.OS, Architecture: cf.Architecture, User: cf.Config.User, Volumes: slices.Sorted(maps.Keys(cf.Config.Volumes)),
		Entrypoint: cf.Config.Entrypoint, Command: cf.Config.Cmd, Created: cf.Created.Time,
		Revision: cf.Config.Labels["org.opencontainers.image.revision"], StopSignal: cf.Config.StopSignal, OwnVolumes: ownVolumes(cf),
	}
	if h := cf.Config.Healthcheck; h != nil && len(h.Test) > 0 && h.Test[0] != "NONE" {
		found.HealthCheck = h.Test
	}
	if found.UnknownLayer, err = unknownLayer(img); err != nil {
		return Inspection{}, err
	}
	found.Program = programIn(cf.Config.Labels)
	found.LooksLikeNextJS = found.Program == nil && LooksLikeNextJS(cf)
	for _, variable := range cf.Config.Env {
		name, value, _ := strings.Cut(variable, "=")
		if found.Env == nil {
			found.Env = map[string]string{}
		}
		found.Env[name] = value
	}
	for text := range cf.Config.ExposedPorts {
		found.Ports = append(found.Ports, exposed(text)...)
	}
	slices.Sort(found.Ports)
	return found, nil
}

// exposed are the TCP ports of a word of EXPOSE: "3000/tcp", "3000", "8000-8010/tcp", which Docker writes one by one and others
// do not; of "53/udp" there are none.
func exposed(word string) (ports []int) {
	span, protocol, _ := strings.Cut(word, "/")
	if protocol != "" && !strings.EqualFold(protocol, "tcp") {
		return nil
	}
	first, last, ranged := strings.Cut(span, "-")
	from, err := strconv.Atoi(first)
	to := from
	if err == nil && ranged {
		to, err = strconv.Atoi(last)
	}
	if err != nil || from < 1 || to > 65535 {
		return nil
	}
	for port := from; port <= to; port++ {
		ports = append(ports, port)
	}
	return ports
}

// fetch is the image of a reference, or of the index that it names.
func fetch(ctx context.Context, reference, architecture string, access Access) (v1.Image, error) {
	arch, err := Architecture(architecture)
	if err != nil {
		return nil, err
	}
	ref, err := name.ParseReference(reference, name.StrictValidation)
	if err != nil {
		return nil, err
	}
	found, err := remote.Get(ref, access.options(ctx)...)
	if err != nil {
		if known := refusal(err, ref.Context()); known != nil {
			err = known
		}
		return nil, err
	}
	if !found.MediaType.IsIndex() {
		return found.Image()
	}
	index, err := found.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	none := &ArchitectureError{Wanted: "linux/" + arch}
	for _, m := range manifest.Manifests {
		switch {
		case m.Platform == nil || !m.MediaType.IsImage() || m.Platform.OS == "unknown": // "unknown" is an attestation
		case m.Platform.OS == "linux" && m.Platform.Architecture == arch:
			return index.Image(m.Digest)
		default:
			none.Found = append(none.Found, m.Platform.OS+"/"+m.Platform.Architecture)
		}
	}
	return nil, none
}

// ownVolumes are those that [Build] declared.
func ownVolumes(cf *v1.ConfigFile) (volumes []string) {
	for _, h := range cf.History {
		if places, made := strings.CutPrefix(h.CreatedBy, madeVolumes); made {
			volumes = append(volumes, strings.Fields(places)...)
		}
	}
	return volumes
}

package image

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// assemble puts the layers on the base and writes the configuration. Nothing in it names a folder of
// this machine.
func assemble(base v1.Image, spec Spec, p plan, layers []*layer) (v1.Image, error) {
	cf, err := base.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read base %s: %w", spec.Base, err)
	}
	cf = &v1.ConfigFile{
		OS: "linux", Architecture: spec.Architecture, Variant: cf.Variant,
		Created: v1.Time{Time: created(spec)},
		Config:  cf.Config, History: cf.History,
	}
	c := &cf.Config
	if len(p.command) > 0 {
		// As the command, not as the entry point: what a task is told to run takes the command's place, and the
		// entry point would stay before it. The base's goes, too, for it belongs to the base's own program.
		c.Entrypoint, c.Cmd = nil, p.command
	}
	setEnv(c, p.env)
	c.WorkingDir = spec.root()
	if p.workingDir != "" {
		c.WorkingDir = p.workingDir
	}
	configure(c, spec)
	annotations, err := p.annotations(spec)
	if err != nil {
		return nil, err
	}
	setLabels(c, annotations, spec.Labels)
	for _, v := range p.volumes {
		if c.Volumes == nil {
			c.Volumes = map[string]struct{}{}
		}
		c.Volumes[v] = struct{}{}
	}

	baseLayers, err := base.Layers()
	if err != nil {
		return nil, fmt.Errorf("read base %s: %w", spec.Base, err)
	}
	var all []v1.Layer
	all = append(all, baseLayers...)
	for i, l := range layers {
		if place := p.layers[i].place(); p.layers[i].name == assetsLayer {
			kept, err := spec.keep(place, l.digest)
			if err != nil {
				return nil, err
			}
			for _, k := range kept {
				all = append(all, k)
				cf.History = append(cf.History, v1.History{Created: cf.Created, CreatedBy: keptAssets + place})
			}
		}
		all = append(all, l)
		cf.History = append(cf.History, v1.History{
			Created: cf.Created, CreatedBy: "COPY " + p.layers[i].name + " " + p.layers[i].place(),
		})
	}
	img, err := newImage(cf, all)
	if err != nil {
		return nil, err
	}
	return annotated(img, annotations)
}

// madeVolumes begins the step of the layer of writable folders.
const madeVolumes = "COPY volumes "

// annotations are those of the description, with what is to be known of the program.
func (p plan) annotations(spec Spec) (map[string]string, error) {
	all := spec.annotations()
	if p.program != nil {
		text, err := p.program.label()
		if err != nil {
			return nil, fmt.Errorf("describe program: %w", err)
		}
		all[ProgramLabel] = text
	}
	return all, nil
}

// annotated is an image or an index with annotations on its manifest.
func annotated[A Artifact](a A, annotations map[string]string) (A, error) {
	if len(annotations) == 0 {
		return a, nil
	}
	out, ok := mutate.Annotations(a, annotations).(A)
	if !ok {
		return a, fmt.Errorf("annotate %T", a)
	}
	return out, nil
}

// configure sets what the description says of the running container.
func configure(c *v1.Config, spec Spec) {
	setEntrypoint(c, spec.Entrypoint, spec.Command)
	setEnv(c, spec.Env)
	if spec.User != "" {
		c.User = spec.User
	}
	for _, port := range spec.Ports {
		if c.ExposedPorts == nil {
			c.ExposedPorts = map[string]struct{}{}
		}
		c.ExposedPorts[strconv.Itoa(port)+"/tcp"] = struct{}{}
	}
}

// newImage is an OCI image of these layers. The media types of Docker, which may not stand beside
// OCI's, are translated; bytes and digests of the layers stay.
func newImage(cf *v1.ConfigFile, layers []v1.Layer) (v1.Image, error) {
	history := cf.History
	cf = cf.DeepCopy()
	cf.History, cf.RootFS = nil, v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}}

	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.ConfigFile(img, cf)
	if err != nil {
		return nil, err
	}
	adds := make([]mutate.Addendum, len(layers))
	for i, l := range layers {
		mt, err := l.MediaType()
		if err != nil {
			return nil, err
		}
		if isForeign(mt) {
			l = retypedLayer{l, ociLayerType(mt)}
		}
		adds[i] = mutate.Addendum{Layer: l, MediaType: ociLayerType(mt)}
	}
	if img, err = mutate.Append(img, adds...); err != nil {
		return nil, err
	}
	if cf, err = img.ConfigFile(); err != nil {
		return nil, err
	}
	cf.History = history
	return mutate.ConfigFile(img, cf)
}

// epoch is the time of an image without a commit: 1970, the zero of Unix.
var epoch = time.Unix(0, 0).UTC()

// created is the time of the image: the commit's in whole seconds, else the epoch.
func created(spec Spec) time.Time {
	if spec.Created.IsZero() {
		return epoch
	}
	return spec.Created.UTC().Truncate(time.Second)
}

// annotationRevision is OCI's name for the commit.
const annotationRevision = "org.opencontainers.image.revision"

// annotationCreated is OCI's name for the time of the commit.
const annotationCreated = "org.opencontainers.image.created"

// annotations are OCI's, on the manifest, and as labels in the configuration, where older tools look.
func (spec Spec) annotations() map[string]string {
	labels := map[string]string{}
	if spec.Revision != "" {
		labels[annotationRevision] = spec.Revision
	}
	if !spec.Created.IsZero() {
		labels[annotationCreated] = created(spec).Format(time.RFC3339)
	}
	return labels
}

func setEntrypoint(c *v1.Config, entrypoint, command []string) {
	if len(entrypoint) > 0 {
		c.Entrypoint, c.Cmd = entrypoint, nil
	}
	if len(command) > 0 {
		c.Cmd = command
	}
}

// setEnv replaces variables in their place and adds the others in the order of their names.
func setEnv(c *v1.Config, env map[string]string) {
	rest := maps.Clone(env)
	out := slices.Clone(c.Env)
	for i, old := range out {
		name, _, _ := strings.Cut(old, "=")
		if value, ok := env[name]; ok {
			out[i] = name + "=" + value
			delete(rest, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		out = append(out, name+"="+rest[name])
	}
	c.Env = out
}

func setLabels(c *v1.Config, sets ...map[string]string) {
	labels := maps.Clone(c.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	for _, set := range sets {
		maps.Copy(labels, set)
	}
	if len(labels) > 0 {
		c.Labels = labels
	}
}

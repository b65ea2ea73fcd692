package image

import (
	"fmt"
	"io"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// saved is what the layout of [Save] tells beside the image.
type saved struct {
	sbom *v2_3.Document // nil: none
}

// openSaved looks whether [Save] wrote the layout in a folder; nil is no.
func openSaved(dir string) (*saved, error) {
	idx, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	manifest, err := idx.IndexManifest()
	if err != nil {
		return nil, err
	}
	var s *saved
	for _, d := range manifest.Manifests {
		if d.Annotations[savedMark] != "" {
			s = &saved{}
		}
	}
	if s == nil {
		return nil, nil
	}
	for _, d := range manifest.Manifests {
		if d.ArtifactType == spdxType {
			if s.sbom, err = readSBOM(idx, d.Digest); err != nil {
				return nil, fmt.Errorf("read bill of materials: %w", err)
			}
		}
	}
	return s, nil
}

// maxSBOM bounds what is read of a bill of materials: one of 10,000 packages has 6 MB.
const maxSBOM = 64 << 20

func readSBOM(idx v1.ImageIndex, digest v1.Hash) (*v2_3.Document, error) {
	img, err := idx.Image(digest)
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	if len(layers) != 1 {
		return nil, fmt.Errorf("it has %d blobs, want one", len(layers))
	}
	content, err := layers[0].Compressed()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	doc := &v2_3.Document{}
	return doc, spdxjson.ReadInto(io.LimitReader(content, maxSBOM), doc)
}

// packagesOf are the packages that a bill of materials of [Built.SBOM] lists.
func packagesOf(doc *v2_3.Document) []Package {
	var all []Package
	for _, p := range doc.Packages {
		for _, r := range p.PackageExternalReferences {
			all = append(all, Package{Name: p.PackageName, Version: p.PackageVersion, License: p.PackageLicenseDeclared, URL: r.Locator, Declared: declaredBy(p.PackageComment)})
		}
	}
	return all
}

// since is when the bill of materials says that it was made.
func (s *saved) since() (time.Time, error) {
	if s.sbom.CreationInfo == nil {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s.sbom.CreationInfo.Created)
}

// SavedRevision is the commit that an image of an archive that [Save] wrote was made of, as its label says; false where
// it does not come from such an archive.
func (b *Built) SavedRevision() (string, bool, error) {
	if b.builder.saved == nil {
		return "", false, nil
	}
	cf, err := b.ConfigFile()
	if err != nil {
		return "", true, fmt.Errorf("read configuration of image: %w", err)
	}
	return cf.Config.Labels[annotationRevision], true, nil
}

// keeping is an image of a Next.js build with the assets that spec has it keep beneath its own. It is what [Build] would
// have made, had it known of them.
func keeping(img v1.Image, spec Spec) (v1.Image, error) {
	if len(spec.Keep) == 0 {
		return img, nil
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("keep assets: %w", err)
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, fmt.Errorf("keep assets: %w", err)
	}
	at := len(layers) - 1
	for i := len(cf.History) - 1; i >= 0 && at >= 0; i-- {
		h := cf.History[i]
		if h.EmptyLayer {
			continue
		}
		place, own := strings.CutPrefix(h.CreatedBy, ownAssets)
		if !own {
			at--
			continue
		}
		digest, err := layers[at].Digest()
		if err != nil {
			return nil, fmt.Errorf("keep assets: %w", err)
		}
		kept, err := spec.keep(place, digest)
		if err != nil || len(kept) == 0 {
			return img, err
		}
		return insert(img, cf, layers, at, i, kept, place)
	}
	return img, nil
}

// insert puts kept assets beneath the layer at, which the history tells of at told.
func insert(img v1.Image, cf *v1.ConfigFile, layers []v1.Layer, at, told int, kept []v1.Layer, place string) (v1.Image, error) {
	cf = cf.DeepCopy()
	var all []v1.Layer
	all = append(append(append(all, layers[:at]...), kept...), layers[at:]...)
	history := append([]v1.History{}, cf.History[:told]...)
	for range kept {
		history = append(history, v1.History{Created: cf.Created, CreatedBy: keptAssets + place})
	}
	cf.History = append(history, cf.History[told:]...)
	with, err := remade(img, cf, all)
	if err != nil {
		return nil, fmt.Errorf("keep assets: %w", err)
	}
	return with, nil
}

package image

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// savedMark is the annotation by which the index of a layout says which manifest [Save] wrote.
const savedMark = "io.github.bellyfed.splitecs.saved"

// Save writes the image to a file, an archive of an OCI layout, and beside it in there its bill of materials where it
// is not nil. [Build] takes such an archive as it is, whatever the description says, so that somebody who has the
// registry's credentials can push what somebody without them has built: its digest stays, unless assets of earlier
// builds are to be kept (Spec.Keep). The file is there as a whole or not at all, and its owner alone may read it.
func Save(ctx context.Context, built *Built, sbom v1.Image, file string) (err error) {
	out, err := os.CreateTemp(filepath.Dir(file), ".image-*")
	if err != nil {
		return fmt.Errorf("save image: %w", err)
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(out.Name())
		}
	}()
	if err := writeLayout(ctx, out, built.Artifact(), sbom); err != nil {
		return fmt.Errorf("save image to %s: %w", file, err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("save image to %s: %w", file, err)
	}
	if err := os.Rename(out.Name(), file); err != nil {
		return fmt.Errorf("save image: %w", err)
	}
	return nil
}

// writeLayout writes a layout as a tar. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
func writeLayout(ctx context.Context, w io.Writer, a Artifact, sbom v1.Image) error {
	t := tar.NewWriter(&ctxWriter{ctx: ctx, w: w})
	main, err := descriptor(a)
	if err != nil {
		return err
	}
	main.Annotations = map[string]string{savedMark: "true"}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{main}}
	p := &parts{seen: map[v1.Hash]bool{}}
	if err := p.add(a); err != nil {
		return err
	}
	if sbom != nil {
		about, err := descriptor(sbom)
		if err != nil {
			return err
		}
		about.ArtifactType = spdxType
		index.Manifests = append(index.Manifests, about)
		if err := p.add(sbom); err != nil {
			return err
		}
	}
	text, err := json.Marshal(index)
	if err != nil {
		return err
	}
	if err := writeFile(t, "oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	if err := writeFile(t, "index.json", text); err != nil {
		return err
	}
	for _, m := range p.manifests {
		raw, err := m.RawManifest()
		if err != nil {
			return err
		}
		digest, err := m.Digest()
		if err != nil {
			return err
		}
		if err := writeFile(t, blobName(digest), raw); err != nil {
			return err
		}
	}
	for _, l := range p.blobs {
		if err := writeBlob(t, l); err != nil {
			return err
		}
	}
	return t.Close()
}

func blobName(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }

func writeBlob(t *tar.Writer, l v1.Layer) error {
	digest, err := l.Digest()
	if err != nil {
		return err
	}
	size, err := l.Size()
	if err != nil {
		return err
	}
	content, err := l.Compressed()
	if err != nil {
		return fmt.Errorf("read blob %s: %w", digest, err)
	}
	defer content.Close()
	if err := t.WriteHeader(&tar.Header{Name: blobName(digest), Mode: 0o644, Size: size}); err != nil {
		return err
	}
	if _, err := io.CopyBuffer(t, content, make([]byte, copyBuffer)); err != nil {
		return fmt.Errorf("copy blob %s: %w", digest, err)
	}
	return nil
}

func writeFile(t *tar.Writer, name string, content []byte) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := io.Copy(t, bytes.NewReader(content))
	return err
}

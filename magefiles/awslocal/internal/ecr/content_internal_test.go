package ecr

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A layer is unpacked by its bytes where its type says that it is compressed, and as it is where that says that it is not.
func TestALayerIsUnpackedAsContainerdDoes(t *testing.T) {
	const content = "the content of a layer"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := io.WriteString(z, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	const oci = "application/vnd.oci.image.layer.v1.tar"
	stored := map[string][]byte{"gzip": zipped.Bytes(), "zstd": e.EncodeAll([]byte(content), nil), "plain": []byte(content), "short": []byte("x"), "empty": nil}
	for form, bytes := range stored {
		for _, mediaType := range []string{oci + "+gzip", oci + "+zstd", oci, "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.docker.image.rootfs.diff.tar.zstd"} {
			want := content
			if mediaType == oci || form == "short" || form == "empty" {
				want = string(bytes)
			}
			file := filepath.Join(t.TempDir(), "layer")
			if err := os.WriteFile(file, bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := uncompressed(f, mediaType)
			if err != nil {
				t.Fatalf("%s as %s: %v", form, mediaType, err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != want {
				t.Errorf("%s as %s: %q, %v", form, mediaType, got, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

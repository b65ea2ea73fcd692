package image

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the most of an archive that zstd may have to remember: what the zstd command takes without --memory.
// More is refused, for a small file can ask for any amount.
const maxWindow = 128 << 20

// packed are the forms in which archives come, by their first bytes.
// https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1, https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
var packed = []struct {
	name, magic string
	open        func(io.Reader) (io.Reader, error) // nil: not read here
	command     []string                           // that unpacks one which is not read here, the file's name at its end
	suffix      string                             // that the command takes away
	layer       types.MediaType                    // of a layer that is compressed so
}{
	{name: "gzip", magic: "\x1f\x8b", layer: types.OCILayer, open: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{name: "zstd", magic: "\x28\xb5\x2f\xfd", layer: types.OCILayerZStd, open: func(r io.Reader) (io.Reader, error) {
		// With one decoder there is nothing to close.
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	}},
	{name: "xz", magic: "\xfd7zXZ\x00", command: []string{"xz", "--decompress", "--keep"}, suffix: ".xz"},
	{name: "bzip2", magic: "BZh", command: []string{"bzip2", "--decompress", "--keep"}, suffix: ".bz2"},
	{name: "lz4", magic: "\x04\x22\x4d\x18", command: []string{"lz4", "--decompress"}, suffix: ".lz4"},
	{name: "lzip", magic: "LZIP", command: []string{"lzip", "--decompress", "--keep"}, suffix: ".lz"},
}

// compressedError says that an archive is compressed in a way that is not read here.
type compressedError struct {
	name    string
	command []string
	suffix  string
}

func (e *compressedError) Error() string { return "is compressed with " + e.name }

// next are the commands that unpack the file.
func (e *compressedError) next(file string) []string {
	unpack := strings.Join(e.command, " ") + " " + shellWord(file)
	plain, cut := strings.CutSuffix(file, e.suffix)
	if !cut {
		plain = file + ".tar"
		unpack = strings.Join(append(e.command[:2:2], "--stdout"), " ") + " <" + shellWord(file) + " >" + shellWord(plain)
	}
	return []string{unpack, nameSource(plain)}
}

// decompressed returns the content of r, decompressed where it is gzip or zstd, and whether it was. Another compression
// is a [*compressedError].
func decompressed(r io.Reader) (io.Reader, bool, error) {
	b := bufio.NewReaderSize(r, copyBuffer)
	if _, err := b.Peek(2); err != nil {
		return nil, false, err
	}
	head, _ := b.Peek(6) // the longest; what is shorter has no error of its own here
	for _, p := range packed {
		switch {
		case !bytes.HasPrefix(head, []byte(p.magic)):
		case p.open == nil:
			return nil, true, &compressedError{p.name, p.command, p.suffix}
		default:
			plain, err := p.open(b)
			if err != nil {
				return nil, true, fmt.Errorf("read %s: %w", p.name, err)
			}
			return plain, true, nil
		}
	}
	return b, false, nil
}

package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// checkArchive looks at the first bytes of a file: they have to be those of a tar, compressed or not. Of what else people
// name, it says what makes an archive of it.
func checkArchive(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("look at image source: %w", err)
	}
	defer f.Close()
	r, _, err := decompressed(f)
	if err == nil {
		_, err = tar.NewReader(r).Next()
	}
	if err == nil {
		return nil
	}
	if c, ok := errors.AsType[*compressedError](err); ok {
		return &SourceError{Path: file, Reason: c.Error() + ", which is not read here: plain, gzip and zstd are", Next: c.next(file)}
	}
	if isDockerfile(f) {
		return &SourceError{Path: file, Reason: "is a Dockerfile, and there is nothing here that runs its instructions: build the image, then name its archive", Next: buildDockerfile(file)}
	}
	return &SourceError{Path: file, Reason: "is neither a tar archive nor one that is compressed with gzip or zstd"}
}

// dockerInstruction is how a Dockerfile begins, after comments: https://docs.docker.com/reference/dockerfile/#format
var dockerInstruction = lazyregexp.New(`(?i)^(?:FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+\S+)?|ARG\s+[A-Z_]\w*(?:=.*)?)$`)

// isDockerfile tells by its content whether a file is a Dockerfile, whatever its name.
func isDockerfile(f io.ReaderAt) bool {
	head := make([]byte, 16<<10)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	for line := range strings.Lines(strings.TrimPrefix(string(head[:n]), "\ufeff")) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			return dockerInstruction.MatchString(line)
		}
	}
	return false
}

// buildDockerfile are the commands that make an archive of what a Dockerfile says, in the folder where one is.
func buildDockerfile(file string) []string {
	dir, archive := filepath.Dir(file), file+".tar"
	return []string{
		fmt.Sprintf("buildah build --tag app --file %s %s && buildah push app oci-archive:%s", shellWord(file), shellWord(dir), shellWord(archive)),
		fmt.Sprintf("docker buildx build --output type=oci,dest=%s --file %s %s   # where Docker is at hand", shellWord(archive), shellWord(file), shellWord(dir)),
		nameSource(archive),
	}
}

// nameSource says what to do with an archive once it is there.
func nameSource(archive string) string {
	return "name " + archive + " as the source, and run the same command again"
}

// plainWord is one that every shell takes as it stands.
var plainWord = lazyregexp.New(`^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$`)

// shellWord is a word for a shell of POSIX.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

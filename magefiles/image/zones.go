package image

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxZones bounds what is read of the time zones: they have half a megabyte.
const maxZones = 16 << 20

// zoneFiles are the time zones that Go itself ships, each a file. They are read out of the source of package time/tzdata,
// which belongs to every distribution of Go; some leave lib/time/zoneinfo.zip, the same archive, to the system.
// https://pkg.go.dev/time/tzdata
func zoneFiles(goroot string) ([]madeFile, error) {
	source := filepath.Join(goroot, "src", "time", "tzdata", "zzipdata.go")
	text, err := os.ReadFile(source)
	if err != nil {
		return nil, fmt.Errorf("read time zones of Go: %w", err)
	}
	archive, err := zoneArchive(string(text))
	if err != nil {
		return nil, fmt.Errorf("read time zones of Go: %s: %w", source, err)
	}
	files, err := unzipZones(archive)
	if err != nil {
		return nil, fmt.Errorf("read time zones of Go: %s: %w", source, err)
	}
	return files, nil
}

// zoneArchive is the constant of that source.
func zoneArchive(source string) (string, error) {
	_, rest, found := strings.Cut(source, "\nconst zipdata = ")
	if !found {
		return "", errors.New("it has no constant zipdata")
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", fmt.Errorf("its constant zipdata: %w", err)
	}
	return strconv.Unquote(quoted)
}

// unzipZones are the files of the archive, in its order, which is that of their names.
func unzipZones(archive string) ([]madeFile, error) {
	if len(archive) > maxZones {
		return nil, fmt.Errorf("it holds more than %d MiB", maxZones>>20)
	}
	r, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	var files []madeFile
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("zone %q has no name of a file", f.Name)
		}
		content, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("zone %s: %w", f.Name, err)
		}
		var text bytes.Buffer
		if _, err := io.Copy(&text, io.LimitReader(content, maxZones)); err != nil {
			return nil, fmt.Errorf("zone %s: %w", f.Name, err)
		}
		files = append(files, madeFile{name: zoneName(f.Name), content: text.Bytes()})
	}
	if len(files) == 0 {
		return nil, errors.New("it holds no zone")
	}
	return files, nil
}

package image

import (
	"fmt"
	"path"
	"strings"
)

// WhiteoutError says that a file has a name that would not be a file in the image: one that begins with .wh. deletes
// what has the name behind it. https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
type WhiteoutError struct {
	File string // in the image
}

func (e *WhiteoutError) Error() string {
	return fmt.Sprintf("%s has a name that means in an image that %q is deleted", e.File, strings.TrimPrefix(path.Base(e.File), whiteout))
}

// whiteout begins the name of a file that deletes another one of a layer below.
const whiteout = ".wh."

// notDeleting refuses a name of an item that is a whiteout.
func notDeleting(name string) error {
	if strings.HasPrefix(name[strings.LastIndexByte(name, '/')+1:], whiteout) {
		return &WhiteoutError{File: "/" + name}
	}
	return nil
}

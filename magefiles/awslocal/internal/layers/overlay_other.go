//go:build !linux

package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const opaqueXattr = "user.overlay.opaque"

// supported: no other kernel has the file system for which layers are unpacked.
func supported() error {
	return fmt.Errorf("layers are unpacked for Linux's overlay file system: %w", errors.ErrUnsupported)
}

func mknod(*os.Root, string, kind) error        { return errors.ErrUnsupported }
func setXattr(_ *os.Root, _, _, _ string) error { return errors.ErrUnsupported }
func unsupported(error) bool                    { return false }
func isWhiteout(fs.FileInfo) bool               { return false }
func isOpaque(*os.Root, string) bool            { return false }
func lock(*os.File) (bool, error)               { return false, errors.ErrUnsupported }
func full(error) bool                           { return false }

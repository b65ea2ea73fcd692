package image

import (
	"io/fs"
	"syscall"
)

// stampOf is what the file system says of a file's last change.
func stampOf(info fs.FileInfo) (stamp, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stamp{}, false
	}
	return stamp{
		device: uint64(st.Dev), inode: st.Ino, modified: info.ModTime().UnixNano(), changed: st.Ctim.Nano(),
	}, true
}

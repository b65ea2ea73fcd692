package layers

import (
	"io/fs"
	"syscall"
)

func ownerOf(info fs.FileInfo) (uid, gid int, ok bool) {
	if s, is := info.Sys().(*syscall.Stat_t); is {
		return int(s.Uid), int(s.Gid), true
	}
	return 0, 0, false
}

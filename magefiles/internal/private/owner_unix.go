//go:build unix

package private

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// ownLink refuses a link that another user made: it leads where that user likes.
func ownLink(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSymlink {
		return nil
	}
	if owner := ownerOf(info); owner != os.Geteuid() && owner != 0 {
		return &FolderError{Dir: dir, Reason: "is a link that belongs to " + called(owner)}
	}
	return nil
}

// openTo tells whether others may read a folder of this user.
func openTo(dir string, info fs.FileInfo) (bool, error) {
	mode := info.Mode().Perm()
	switch owner := ownerOf(info); {
	case owner != os.Geteuid():
		return false, &FolderError{Dir: dir, Reason: fmt.Sprintf("belongs to %s, and this runs as %s", called(owner), called(os.Geteuid()))}
	case mode&0o022 != 0:
		return false, &FolderError{Dir: dir, Reason: fmt.Sprintf("may be written by others (mode %04o)", mode), Mend: narrow(dir)}
	}
	return mode&0o055 != 0, nil
}

func ownerOf(info fs.FileInfo) int {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1 // nobody
	}
	return int(st.Uid)
}

// called is a user's name with the number, or the number alone.
func called(uid int) string {
	number := strconv.Itoa(uid)
	if u, err := user.LookupId(number); err == nil {
		return fmt.Sprintf("%s (uid %s)", u.Username, number)
	}
	return "uid " + number
}

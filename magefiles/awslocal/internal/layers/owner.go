package layers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Owner is the user for whose program files are unpacked.
type Owner struct {
	UID, GID int
	Groups   []int // others
	// Root tells that this process is root and gives files the owners and modes of the image. Otherwise all files belong to
	// who runs it, who is seen in the container as UID and GID; each then has as bits of its owner those that the program's
	// user would have by the image. User 0 may do everything, and takes the bits as they are.
	Root bool
}

// key names the variants of an entry: those for whom all files look alike have the same.
func (o Owner) key() string {
	switch {
	case o.Root:
		return "root"
	case o.UID == 0:
		return "0"
	}
	key := fmt.Sprintf("%d-%d", o.UID, o.GID)
	if len(o.Groups) > 0 {
		groups := slices.Clone(o.Groups)
		slices.Sort(groups)
		sum := sha256.Sum256([]byte(strings.Trim(fmt.Sprint(slices.Compact(groups)), "[]")))
		key += "-" + hex.EncodeToString(sum[:8])
	}
	return key
}

const special = fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// mode is what a file gets. Without root the bits setuid and setgid are left out: they would give the rights of who runs
// this to others of the machine, and in the container, where all files are of one user, they change nothing.
func (o Owner) mode(m meta, name string) fs.FileMode {
	if o.Root {
		return m.mode & (fs.ModePerm | special)
	}
	mode := m.mode&(fs.ModePerm|fs.ModeSticky) | accounts[name]
	if o.UID == 0 {
		return mode
	}
	bits := mode & 0o007
	switch {
	case m.uid == o.UID:
		bits = mode >> 6 & 0o007
	case m.gid == o.GID || slices.Contains(o.Groups, m.gid):
		bits = mode >> 3 & 0o007
	}
	return mode&^0o700 | bits<<6 | accounts[name]
}

// accounts are the files from which a container's runtime, as root, reads who its user is. They stay readable for who runs
// this whatever the program may do, as [User] would find them in one variant of an entry and not in the other.
var accounts = map[string]fs.FileMode{"etc": 0o500, "etc/passwd": 0o400, "etc/group": 0o400}

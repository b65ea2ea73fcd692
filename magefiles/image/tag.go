package image

import (
	"strings"
	"time"
)

// Commit is what an image is built from, as far as its tag and labels say.
type Commit struct {
	// Ref is the exact version tag on the commit (v1.2.3), else the branch, else empty.
	Ref string
	// SHA is the full object name, 40 or 64 hexadecimal digits.
	SHA string
	// Time of the commit (the committer's).
	Time time.Time
	// Dirty is set when the working tree differs from the commit, untracked files that are not
	// ignored included.
	Dirty bool
	// Origin is the URL of the remote "origin" without credentials; empty where there
	// is none, or where it is a folder.
	Origin string
}

// shortSHA is the number of digits of the object name in a tag. It is fixed, because what git
// abbreviates to depends on the clone.
const shortSHA = 7

// maxTag is the longest tag that registries take.
const maxTag = 128

// Tag is the image tag of the commit: {branch or version}-{yyyymmdd of the commit, UTC}-{short sha},
// and "-dirty" when the tree was. Without a branch (a detached HEAD) it begins with "commit". A branch
// is cut where the tag would exceed 128 characters; characters that tags cannot have become "-".
func (c Commit) Tag() string {
	suffix := "-" + c.Time.UTC().Format("20060102") + "-" + sanitise(c.SHA[:min(shortSHA, len(c.SHA))])
	if c.Dirty {
		suffix += "-dirty"
	}
	ref := sanitise(c.Ref)
	if ref == "" {
		ref = "commit"
	}
	return strings.TrimRight(ref[:min(len(ref), maxTag-len(suffix))], "-.") + suffix
}

// sanitise maps s to the grammar of tags, with no separator at either end and none twice; what
// remains may be empty.
func sanitise(s string) string {
	var b strings.Builder
	dash := false
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.' && b.Len() > 0:
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			dash = false
		default:
			dash = true
		}
	}
	return strings.TrimRight(b.String(), ".-")
}

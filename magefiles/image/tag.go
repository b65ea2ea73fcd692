package image

import (
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
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
}

// shortSHA is the number of digits of the object name in a tag. It is fixed, because what git
// abbreviates to depends on the clone.
const shortSHA = 7

// maxTag is the longest tag that registries take.
const maxTag = 128

// Tag is the image tag of the commit: {branch or version}-{yyyymmdd of the commit, UTC}-{short sha},
// and "-dirty" when the tree was. Without a branch (a detached HEAD) it begins with "commit". A branch
// is cut where the tag would exceed 128 characters; characters that tags cannot have become "-". What stands before the
// day depends on the clone: the commit's image is found by what follows (see [Resolve]).
func (c Commit) Tag() string {
	suffix := "-" + c.Time.UTC().Format("20060102") + "-" + sanitise(c.SHA[:min(shortSHA, len(c.SHA))])
	if c.Dirty {
		suffix += dirty
	}
	ref := sanitise(c.Ref)
	if ref == "" {
		ref = "commit"
	}
	return strings.TrimRight(ref[:min(len(ref), maxTag-len(suffix))], "-.") + suffix
}

const dirty = "-dirty"

// The end of a commit's tag, and what may be the name of a commit.
var (
	commitTag  = lazyregexp.New(`-[0-9]{8}-([0-9a-f]{7})(-dirty)?$`)
	commitName = lazyregexp.New(`^[0-9a-f]{7,64}$`)
)

// ofCommit tells which commit text names, by its tag or by its name, and whether a tag is one of that commit's: with the
// same day where text has one, and of a dirty tree only where text is.
func ofCommit(text string) (short string, same func(tag string) bool) {
	if m := commitTag.FindStringSubmatch(text); m != nil {
		return m[1], func(tag string) bool { return commitTag.FindString(tag) == m[0] }
	}
	if !commitName.MatchString(text) {
		return "", nil
	}
	short = text[:shortSHA]
	return short, func(tag string) bool {
		m := commitTag.FindStringSubmatch(tag)
		return m != nil && m[1] == short && m[2] == ""
	}
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

package image

import (
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Selector is one image of a repository, or an image elsewhere that is pinned already.
type Selector struct {
	// Foreign is "host/name@sha256:…" of another repository; then the rest is empty.
	Foreign string
	// Digest "sha256:…", or Tag: exactly one is set.
	Digest string
	Tag    string
}

// ReferenceError says that the text names no image that can be deployed.
type ReferenceError struct {
	Text   string // as it was given
	Reason string // in words, for a person
}

func (e *ReferenceError) Error() string { return fmt.Sprintf("image %q: %s", e.Text, e.Reason) }

// The grammar of https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests,
// with a host in front. Of digests only sha256 is in use.
var (
	tagGrammar    = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	digestGrammar = lazyregexp.New(`^sha256:[0-9a-f]{64}$`)
	nameGrammar   = lazyregexp.New(`^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?` +
		`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$`)
)

// ParseSelector reads what a user gave as the image to deploy from the repository repositoryURI
// ("host/name"):
//
//   - a tag: "main-20261103-1a2b3c4";
//   - a digest: "sha256:…";
//   - a reference to the repository: "host/name:tag", "host/name@sha256:…", or both, then the digest counts;
//   - a reference to another repository with a digest, which passes through without the tag.
//
// A tag of another repository is refused, for it may move between the check and the start of a task;
// so is a reference with neither, for there is no "latest" here. Both are a [*ReferenceError].
func ParseSelector(repositoryURI, text string) (Selector, error) {
	refuse := func(format string, args ...any) (Selector, error) {
		return Selector{}, &ReferenceError{Text: text, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case text == "":
		return refuse("is empty: give a tag, a digest or a reference")
	case digestGrammar.MatchString(text):
		return Selector{Digest: text}, nil
	case tagGrammar.MatchString(text):
		return Selector{Tag: text}, nil
	}

	rest, digest, pinned := strings.Cut(text, "@")
	if pinned && !digestGrammar.MatchString(digest) {
		return refuse("the digest after @ is not sha256: and 64 hexadecimal digits in lower case")
	}
	repository, tag, tagged := rest, "", false
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		repository, tag, tagged = rest[:i], rest[i+1:], true
	}
	switch {
	case !nameGrammar.MatchString(repository):
		return refuse("is neither a tag, nor sha256: and 64 hexadecimal digits, nor a reference like %s:TAG", repositoryURI)
	case tagged && !tagGrammar.MatchString(tag):
		return refuse("the tag after : is not one of at most 128 letters, digits and ._-")
	case repository == repositoryURI && pinned:
		return Selector{Digest: digest}, nil
	case repository == repositoryURI && tagged:
		return Selector{Tag: tag}, nil
	case repository == repositoryURI:
		return refuse("names neither tag nor digest")
	case pinned:
		return Selector{Foreign: repository + "@" + digest}, nil
	}
	return refuse("is not in the environment's repository %s; an image from elsewhere is deployed by its digest only (%s@sha256:…), "+
		"because a tag can move", repositoryURI, repository)
}

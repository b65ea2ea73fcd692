package oci

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Lengths and patterns: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html and
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests.
const (
	// NamePattern is the pattern of a repository's name in the words of ECR.
	NamePattern = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`
	// DigestPattern is what ECR names when it refuses a digest.
	DigestPattern = `[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+`

	minName, maxName = 2, 256
)

var (
	nameRE   = lazyregexp.New(`^` + NamePattern + `$`)
	tagRE    = lazyregexp.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
	digestRE = lazyregexp.New(`^sha256:[a-f0-9]{64}$`)
)

// ValidName tells whether name is a repository's name.
func ValidName(name string) bool {
	return len(name) >= minName && len(name) <= maxName && nameRE.MatchString(name)
}

// ValidTag tells whether tag is an image tag.
func ValidTag(tag string) bool { return tagRE.MatchString(tag) }

// Digest is "sha256:" and 64 hexadecimal digits. A Digest that [ParseDigest] returned is safe in a path.
type Digest string

// ParseDigest reads a digest.
func ParseDigest(s string) (Digest, error) {
	if !digestRE.MatchString(s) {
		return "", fmt.Errorf("%q is not a SHA-256 digest", s)
	}
	return Digest(s), nil
}

// DigestOf is the digest of data.
func DigestOf(data []byte) Digest {
	sum := sha256.Sum256(data)
	return Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// Hex is the digest without its algorithm.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), "sha256:") }

// Reference names an image: HOST/REPOSITORY:TAG, HOST/REPOSITORY@DIGEST, or with both.
type Reference struct {
	Host       string
	Repository string
	Tag        string // "latest" where neither tag nor digest is given
	Digest     Digest // decides where both are given
}

// ParseReference reads a reference that names its registry. A first component without a dot or a colon is no
// host (but localhost is): Docker Hub's short names are not for this registry.
func ParseReference(s string) (Reference, error) {
	host, rest, ok := strings.Cut(s, "/")
	if !ok || (!strings.ContainsAny(host, ".:") && host != "localhost") {
		return Reference{}, fmt.Errorf("reference %q names no registry", s)
	}
	r := Reference{Host: host}
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		d, err := ParseDigest(rest[at+1:])
		if err != nil {
			return Reference{}, fmt.Errorf("reference %q: %w", s, err)
		}
		r.Digest, rest = d, rest[:at]
	}
	if colon := strings.LastIndexByte(rest, ':'); colon >= 0 {
		r.Tag, rest = rest[colon+1:], rest[:colon]
		if !ValidTag(r.Tag) {
			return Reference{}, fmt.Errorf("reference %q: %q is not a tag", s, r.Tag)
		}
	}
	if r.Tag == "" && r.Digest == "" {
		r.Tag = "latest"
	}
	if !ValidName(rest) {
		return Reference{}, fmt.Errorf("reference %q: %q is not a repository name", s, rest)
	}
	r.Repository = rest
	return r, nil
}

// Loopback tells whether the reference's host is an address of this machine, with a port.
func (r Reference) Loopback() bool {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port == "" {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

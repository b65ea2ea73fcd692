package image

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// libcs are the C libraries of an image. Alpine with gcompat has both.
type libcs struct{ glibc, musl bool }

func (c libcs) has(l libc) bool { return l == glibc && c.glibc || l == musl && c.musl }
func (c libcs) known() bool     { return c.glibc || c.musl }

func (c *libcs) add(l libc) {
	c.glibc = c.glibc || l == glibc
	c.musl = c.musl || l == musl
}

// loaderFolders are where loaders lie: /lib/ld-musl-x86_64.so.1, /lib64/ld-linux-x86-64.so.2, and with merged folders below
// /usr. Debian has its own below the triplet, too.
var loaderFolders = lazyregexp.New(`^(?:usr/)?(?:lib|lib64|lib/(?:x86_64|aarch64)-linux-gnu)/ld-(?:musl|linux)[^/]*$`)

// libcs are those whose loader is in the listing.
func (l *listing) libcs() (c libcs) {
	l.settle()
	for name := range l.names {
		if loaderFolders.MatchString(name) {
			c.add(loaderLibc(name))
		}
	}
	return c
}

// Steps by which images of distributions tell what they are. A finished image has the steps of its last stage alone.
var (
	stepsOfGlibc = lazyregexp.New(`\bapt(?:-get)? |\bdpkg\b|debian\.sh|debuerreotype|\b(?:micro)?dnf |\byum |\bamazonlinux\b`)
	stepsOfMusl  = lazyregexp.New(`\bapk (?:--[a-z-]+ )*add\b|alpine-minirootfs`)
	stepsOfBoth  = lazyregexp.New(`\bgcompat\b|\blibc6-compat\b|\bglibc\b`)
)

// libcsOf are the C libraries that the steps of an image tell of; none where they do not, or tell of more than one kind.
func libcsOf(cf *v1.ConfigFile) (c libcs) {
	for _, h := range cf.History {
		c.glibc = c.glibc || stepsOfGlibc.MatchString(h.CreatedBy)
		c.musl = c.musl || stepsOfMusl.MatchString(h.CreatedBy)
		if stepsOfBoth.MatchString(h.CreatedBy) {
			return libcs{}
		}
	}
	if c.glibc && c.musl {
		return libcs{}
	}
	return c
}

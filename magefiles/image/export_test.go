package image

import "time"

// Later is a build some time from now, when files that were just written have rested.
func (o Options) Later() Options {
	o.now = func() time.Time { return time.Now().Add(time.Hour) }
	return o
}

// Answering is a build that gives up a registry of a base of which nothing is heard for as long.
func (o Options) Answering(within time.Duration) Options {
	o.answer = within
	return o
}

// Certified is a build at a time, by a binary that has this version of the module of the certificates; the binary of a test
// does not know its modules.
func (o Options) Certified(version string, at time.Time) Options {
	o.certificates, o.now = version, func() time.Time { return at }
	return o
}

// The flags of `go build` for what GOFLAGS says.
var GoFlags = goFlags

// At is a build at that time.
func (o Options) At(t time.Time) Options {
	o.now = func() time.Time { return t }
	return o
}

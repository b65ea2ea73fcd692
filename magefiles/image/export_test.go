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

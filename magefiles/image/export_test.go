package image

import "time"

// Later is a build some time from now, when files that were just written have rested.
func (o Options) Later() Options {
	o.now = func() time.Time { return time.Now().Add(time.Hour) }
	return o
}

// At is a build at that time.
func (o Options) At(t time.Time) Options {
	o.now = func() time.Time { return t }
	return o
}

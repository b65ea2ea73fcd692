package console

import "time"

// short is a duration as people read it: as exact as its size makes sense of.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// left is how much of an expected duration is left at an age, in steps that do not pretend to be exact; empty where
// nothing is expected.
func left(expected, age time.Duration) string {
	rest := expected - age
	switch {
	case expected <= 0:
		return ""
	case rest <= 0:
		return "longer than usual"
	case rest > 30*time.Second:
		return "about " + rest.Round(5*time.Second).String() + " left"
	}
	return "about " + max(rest.Round(time.Second), time.Second).String() + " left"
}

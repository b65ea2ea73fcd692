package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Argument of a behaviour.
type Argument struct {
	form    string                                // what stands for it: CODE
	noun    string                                // what it is: duration
	sample  string                                // one that makes sense, for who has left it out
	example string                                // the same in the guide
	words   []string                              // that it can be; none: any
	set     func(sc *Scenario, text string) error // an error says what is wrong with the text
	// last: it is all that follows, colons included.
	last     bool
	optional bool
}

// Optional is an argument that can be left out, with all that follow.
func Optional(a Argument) Argument {
	a.optional = true
	return a
}

// Code is an exit code.
func Code(example string) Argument {
	return number("CODE", "code", example, 0, 255, func(sc *Scenario) *int { return &sc.Code })
}

// Status is an HTTP status.
func Status(example string) Argument {
	return number("STATUS", "status", example, 100, 599, func(sc *Scenario) *int { return &sc.Status })
}

// Port is one that the program listens on.
func Port(example string) Argument {
	return number("PORT", "port", example, 1, 65535, func(sc *Scenario) *int { return &sc.Port })
}

func number(form, noun, example string, low, high int, field func(*Scenario) *int) Argument {
	return Argument{form: form, noun: noun, sample: example, example: example, set: func(sc *Scenario, text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			return fmt.Errorf("%q is not a number from %d to %d", text, low, high)
		}
		*field(sc) = n
		return nil
	}}
}

// Duration is a time in AWS, as Go writes it.
func Duration(example string) Argument {
	return Argument{form: "DURATION", noun: "duration", sample: "30s", example: example, set: func(sc *Scenario, text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a duration such as 30s", text)
		}
		sc.After = d
		return nil
	}}
}

// Text is all that follows.
func Text(sample string) Argument {
	return Argument{form: "TEXT", noun: "text", sample: sample, example: "TEXT", last: true, set: func(sc *Scenario, text string) error {
		sc.Text = text
		return nil
	}}
}

// Why is one of several words that say what is the matter. It can be left out; the behaviour's preset is the first.
func Why(words ...string) Argument {
	return Argument{form: "WHY", example: "WHY", words: words, optional: true, set: func(sc *Scenario, text string) error {
		if !slices.Contains(words, text) {
			return fmt.Errorf("%q is unknown; there are: %s", text, strings.Join(words, ", "))
		}
		sc.Why = text
		return nil
	}}
}

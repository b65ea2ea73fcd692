package confidential

import "slices"

// WithoutPart are the patterns of shapes that would not be looked for, or in every line.
func WithoutPart() (patterns []string) {
	for _, s := range shapes() {
		if len(s.has) == 0 || slices.Contains(s.has, "") {
			patterns = append(patterns, s.pattern)
		}
	}
	return patterns
}

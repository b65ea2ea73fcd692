package cfn

import "strings"

// Nearest is the name among known that a misspelt one was most likely meant to be: one that differs by letter case, by
// two typing errors at most, or by what is left out at one end. Empty where there is none, or more than one. Pure.
func Nearest(name string, known []string) string {
	best, least, several := "", 3, false
	lower := strings.ToLower(name)
	for _, k := range known {
		d := typos(lower, strings.ToLower(k))
		if short := min(len(name), len(k)); d > short/2 && d > 0 { // anything is two errors away from a word of two letters
			continue
		}
		switch {
		case d < least:
			best, least, several = k, d, false
		case d == least:
			several = true
		}
	}
	if best == "" && len(name) > 2 {
		for _, k := range known {
			if strings.HasPrefix(k, lower) || strings.HasPrefix(lower, k) {
				several = best != ""
				best = k
			}
		}
	}
	if several {
		return ""
	}
	return best
}

// typos is how many letters have to be added, taken away, replaced, or swapped with the next one to come from a to b.
// https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance (optimal string alignment)
func typos(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

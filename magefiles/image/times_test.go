package image_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// timesOf are the times of what is in the image of a tree, wherever that lies.
func timesOf(t *testing.T, tree files) map[string]time.Time {
	t.Helper()
	_, entries := contents(t, mustBuild(t, folderSpec(write(t, tree))))
	times := map[string]time.Time{}
	for name, e := range entries {
		times[strings.TrimPrefix(name, "app/")] = e.header.ModTime
	}
	return times
}

func TestTimesFollowTheContent(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 50_000) // three times the buffer
	one := timesOf(t, files{
		"version.txt": "v1", "elsewhere/other.name": "v1", "program": "#!/bin/sh\n", "copy": "#!/bin/sh\n", "style.css": "a{color:red}",
		"large": large, "sub/large": large, "empty": "", "folder/": "", "link": "→version.txt", "hanging": "→nowhere",
	})
	two := timesOf(t, files{"version.txt": "v2", "style.css": "a{color:tan}", "large": large[1:] + "0", "empty": ""})

	for _, pair := range [][2]string{{"version.txt", "elsewhere/other.name"}, {"program", "copy"}, {"large", "sub/large"}, {"empty", "link"}, {"folder/", "hanging"}} {
		if a, b := one[pair[0]], one[pair[1]]; !a.Equal(b) {
			t.Errorf("%s is of %s, and %s of %s", pair[0], a, pair[1], b)
		}
	}
	for _, name := range []string{"version.txt", "style.css", "large"} {
		if one[name].Equal(two[name]) {
			t.Errorf("two contents of %s have the one time %s", name, one[name])
		}
	}
	fixed := time.Date(1980, 1, 2, 0, 0, 0, 0, time.UTC)
	if local := fixed.In(time.FixedZone("the latest", -12*60*60)); local.Year() < 1980 { // zip archives hold local times
		t.Errorf("%s is %s somewhere", fixed, local)
	}
	for name, at := range one {
		if at.Before(fixed) || at.Year() > 2014 || at.Nanosecond() != 0 {
			t.Errorf("%s is of %s", name, at)
		}
		if strings.HasSuffix(name, "/") && !at.Equal(fixed) {
			t.Errorf("folder %s is of %s", name, at)
		}
	}
	if !one["empty"].Equal(fixed) || !one["link"].Equal(fixed) {
		t.Errorf("what has no content is of %s and %s", one["empty"], one["link"])
	}
}

// Trees of any content: files are of one time exactly where they are of one content.
func TestTimesOfRandomContents(t *testing.T) {
	tree, r := files{}, rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 400)
	for i := range 300 {
		if i%3 > 0 { // one byte changes; every third file is a copy of the one before
			content[r.IntN(len(content))] ^= byte(1 + r.IntN(255))
		}
		tree[fmt.Sprintf("%03d/file", i)] = string(content)
	}
	byContent, byTime := map[string]time.Time{}, map[time.Time]string{}
	for name, at := range timesOf(t, tree) {
		content, regular := tree[name]
		if !regular {
			continue
		}
		if before, known := byContent[content]; known && !before.Equal(at) {
			t.Errorf("%s is of %s, another file with its content of %s", name, at, before)
		}
		if other, known := byTime[at]; known && other != content {
			t.Errorf("%s and a file of another content are of %s", name, at)
		}
		byContent[content], byTime[at] = at, content
	}
	if len(byTime) != 201 && len(byTime) != 200 {
		t.Errorf("%d times", len(byTime))
	}
}

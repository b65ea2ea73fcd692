package image_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/bellyfed/splitecs/magefiles/image"
)

const uri = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/bellyfed-dev"

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
	digestB = "sha256:" + strings.Repeat("b", 64)
)

func TestParseSelector(t *testing.T) {
	for _, c := range []struct {
		text   string
		want   image.Selector
		reason string
	}{
		{text: "main-20261103-1a2b3c4", want: image.Selector{Tag: "main-20261103-1a2b3c4"}},
		{text: "_", want: image.Selector{Tag: "_"}},
		{text: digestA, want: image.Selector{Digest: digestA}},
		{text: uri + ":v1.2.3", want: image.Selector{Tag: "v1.2.3"}},
		{text: uri + "@" + digestA, want: image.Selector{Digest: digestA}},
		{text: uri + ":v1.2.3@" + digestA, want: image.Selector{Digest: digestA}},
		{text: "ghcr.io/bellyfed/web@" + digestB, want: image.Selector{Foreign: "ghcr.io/bellyfed/web@" + digestB}},
		{text: "localhost:5000/web:x@" + digestB, want: image.Selector{Foreign: "localhost:5000/web@" + digestB}},
		{text: "nginx@" + digestB, want: image.Selector{Foreign: "nginx@" + digestB}},

		{text: "", reason: "is empty"},
		{text: uri, reason: "names neither tag nor digest"},
		{text: "nginx:latest", reason: "by its digest only (nginx@sha256:…)"},
		{text: "ghcr.io/bellyfed/web", reason: "by its digest only"},
		{text: uri + "-other:v1", reason: "is not in the environment's repository"},
		{text: "localhost:5000/web", reason: "by its digest only"},
		{text: "sha256:abc", reason: "by its digest only"}, // a repository named sha256
		{text: "sha256:" + strings.Repeat("A", 64), reason: "by its digest only"},
		{text: uri + "@sha256:abc", reason: "the digest after @"},
		{text: uri + "@sha512:" + strings.Repeat("a", 128), reason: "the digest after @"},
		{text: uri + ":a b", reason: "the tag after :"},
		{text: uri + ":" + strings.Repeat("t", 129), reason: "the tag after :"},
		{text: "a b", reason: "is neither a tag"},
		{text: "https://" + uri + ":v1", reason: "is neither a tag"},
		{text: "../x:1", reason: "is neither a tag"},
		{text: "-x", reason: "is neither a tag"},
		{text: "a@b@" + digestA, reason: "the digest after @"},
		{text: strings.Repeat("t", 129), reason: "by its digest only"},
	} {
		got, err := image.ParseSelector(uri, c.text)
		var bad *image.ReferenceError
		switch {
		case c.reason == "":
			must(t, err)
			diff(t, c.want, got)
		case !errors.As(err, &bad) || !strings.Contains(bad.Reason, c.reason) || bad.Text != c.text:
			t.Errorf("%q: got %+v, %v; want %s", c.text, got, err, c.reason)
		}
	}
}

func FuzzParseSelector(f *testing.F) {
	for _, s := range []string{"", "main-1", digestA, uri + ":a@" + digestB, "a@b", "host:1/x:y", "é", "@", ":", "/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := image.ParseSelector(uri, text)
		set := 0
		for _, field := range []string{s.Foreign, s.Digest, s.Tag} {
			if field != "" {
				set++
			}
		}
		if (err == nil) != (set == 1) {
			t.Fatalf("%q: %+v, %v", text, s, err)
		}
		if err != nil {
			return
		}
		for _, again := range []string{s.Foreign, s.Digest, s.Tag} {
			if again == "" {
				continue
			}
			if b, err := image.ParseSelector(uri, again); err != nil || b != s {
				t.Errorf("%q gave %+v, and that %+v, %v", text, s, b, err)
			}
		}
	})
}

// images is a repository of ECR with one image, and what else is listed.
type images struct {
	asked  *ecr.DescribeImagesInput
	out    *ecr.DescribeImagesOutput
	err    error
	pages  [][]types.ImageIdentifier
	listed int // pages
}

func (f *images) ListImages(_ context.Context, in *ecr.ListImagesInput, _ ...func(*ecr.Options)) (*ecr.ListImagesOutput, error) {
	at := 0
	if in.NextToken != nil {
		at, _ = strconv.Atoi(*in.NextToken)
	}
	f.listed++
	if in.Filter == nil || in.Filter.TagStatus != types.TagStatusTagged {
		return nil, errors.New("images without tags are asked for")
	}
	out := &ecr.ListImagesOutput{}
	if at < len(f.pages) {
		out.ImageIds = f.pages[at]
	}
	if at+1 < len(f.pages) {
		out.NextToken = ptr(strconv.Itoa(at + 1))
	}
	return out, nil
}

func (f *images) DescribeImages(_ context.Context, in *ecr.DescribeImagesInput, _ ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error) {
	f.asked = in
	return f.out, f.err
}

func TestResolve(t *testing.T) {
	repo := image.Repository{Name: "bellyfed-dev", URI: uri}
	there := &ecr.DescribeImagesOutput{ImageDetails: []types.ImageDetail{{ImageDigest: &digestA, ImageTags: []string{"v1", "main-1"}}}}
	byTag := image.Resolved{Reference: uri + "@" + digestA, Digest: digestA, Tags: []string{"v1", "main-1"}, Tag: "v1"}
	byDigest := byTag
	byDigest.Tag = ""

	for text, id := range map[string]types.ImageIdentifier{
		"v1": {ImageTag: ptr("v1")}, digestA: {ImageDigest: &digestA}, uri + ":v1": {ImageTag: ptr("v1")}, uri + ":v1@" + digestA: {ImageDigest: &digestA},
	} {
		api := &images{out: there}
		got, err := image.Resolve(t.Context(), api, repo, text)
		must(t, err)
		want := byTag
		if id.ImageDigest != nil {
			want = byDigest
		}
		diff(t, want, got)
		if api.listed > 0 {
			t.Errorf("%s: tags were listed although the image is there", text)
		}
		if in := api.asked; *in.RepositoryName != repo.Name || len(in.ImageIds) != 1 ||
			!same(in.ImageIds[0].ImageTag, id.ImageTag) || !same(in.ImageIds[0].ImageDigest, id.ImageDigest) {
			t.Errorf("%s: asked for %+v", text, in)
		}
	}

	api := &images{}
	got, err := image.Resolve(t.Context(), api, repo, "ghcr.io/web@"+digestB)
	must(t, err)
	diff(t, image.Resolved{Reference: "ghcr.io/web@" + digestB, Digest: digestB}, got)
	if api.asked != nil {
		t.Error("ECR was asked about an image of another registry")
	}

	var noImage *image.ImageNotFoundError
	for _, api := range []*images{{err: &types.ImageNotFoundException{}}, {out: &ecr.DescribeImagesOutput{}}} {
		_, err = image.Resolve(t.Context(), api, repo, "v2")
		if !errors.As(err, &noImage) || err.Error() != "resolve image: image v2 is not in repository bellyfed-dev" {
			t.Errorf("missing image: %v", err)
		}
	}
	var noRepository *image.RepositoryNotFoundError
	_, err = image.Resolve(t.Context(), &images{err: &types.RepositoryNotFoundException{}}, repo, "v2")
	if !errors.As(err, &noRepository) || errors.As(err, &noImage) {
		t.Errorf("missing repository: %v", err)
	}
	_, err = image.Resolve(t.Context(), &images{err: errors.New("throttled")}, repo, "v2")
	if err == nil || err.Error() != "resolve image: describe image v2 in repository bellyfed-dev: throttled" {
		t.Errorf("got %v", err)
	}
	var bad *image.ReferenceError
	if _, err = image.Resolve(t.Context(), &images{}, repo, "nginx:1"); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
}

// A commit's image is found by its commit, whatever the clone called it that pushed it.
func TestResolveByCommit(t *testing.T) {
	repo := image.Repository{Name: "bellyfed-dev", URI: uri}
	digestC := "sha256:" + strings.Repeat("c", 64)
	id := func(digest, tag string) types.ImageIdentifier {
		return types.ImageIdentifier{ImageDigest: &digest, ImageTag: &tag}
	}
	pages := [][]types.ImageIdentifier{
		{id(digestB, "main-20261102-1a2b3c4"), id(digestA, "main-20261103-1a2b3c4"), id(digestB, "main-20261103-0000000")},
		{id(digestA, "v0.9.0"), id(digestA, "commit-20261103-1a2b3c4"), id(digestB, "x-20261103-1a2b3c4-dirty"), id(digestC, "20261103-1a2b3c4"), id(digestC, "x-20261103-1a2b3c44")},
		{id(digestB, "one-20261101-abcdef0"), id(digestC, "two-20261101-abcdef0"), id(digestB, "three-20261101-abcdef0")},
	}
	first := image.Resolved{
		Reference: uri + "@" + digestA, Digest: digestA, Tags: []string{"commit-20261103-1a2b3c4", "main-20261103-1a2b3c4", "v0.9.0"},
		Tag: "commit-20261103-1a2b3c4", Commit: "1a2b3c4",
	}
	dirty := image.Resolved{
		Reference: uri + "@" + digestB, Digest: digestB, Tag: "x-20261103-1a2b3c4-dirty", Commit: "1a2b3c4",
		Tags: []string{"main-20261102-1a2b3c4", "main-20261103-0000000", "one-20261101-abcdef0", "three-20261101-abcdef0", "x-20261103-1a2b3c4-dirty"},
	}
	const absent, several = "is not in repository bellyfed-dev", "its commit has several others there: "
	for text, c := range map[string]struct {
		want    image.Resolved
		problem string
	}{
		"v1.0.0-20261103-1a2b3c4":          {want: first},
		uri + ":v1.0.0-20261103-1a2b3c4":   {want: first},
		"feature-x-20261103-1a2b3c4-dirty": {want: dirty},
		"v1.0.0-20261104-1a2b3c4":          {problem: absent}, // a commit is of one day
		"v1.0.0-20261103-1a2b3c5":          {problem: absent},
		"v1.0.0-20261103-1a2b3c4-dirtier":  {problem: absent},
		"v1.0.0":                           {problem: absent},
		"1a2b3c":                           {problem: absent}, // too short to mean one commit
		"0000000":                          {want: image.Resolved{Reference: uri + "@" + digestB, Digest: digestB, Tag: "main-20261103-0000000", Commit: "0000000", Tags: dirty.Tags}},
		"0000000" + sha[7:]:                {want: image.Resolved{Reference: uri + "@" + digestB, Digest: digestB, Tag: "main-20261103-0000000", Commit: "0000000", Tags: dirty.Tags}},
		sha:                                {problem: several + "commit-20261103-1a2b3c4, main-20261102-1a2b3c4"},
		"v2-20261101-abcdef0":              {problem: several + "one-20261101-abcdef0, two-20261101-abcdef0"},
		"abcdef0":                          {problem: several + "one-20261101-abcdef0, two-20261101-abcdef0"},
	} {
		api := &images{err: &types.ImageNotFoundException{}, pages: pages}
		got, err := image.Resolve(t.Context(), api, repo, text)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: got %+v, %v; want %s", text, got, err, c.problem)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		diff(t, c.want, got)
	}
	// What names no commit costs nothing more.
	api := &images{err: &types.ImageNotFoundException{}, pages: pages}
	if _, err := image.Resolve(t.Context(), api, repo, "latest"); err == nil || api.listed > 0 {
		t.Errorf("%v, %d pages", err, api.listed)
	}
}

func ptr(s string) *string { return &s }

func same(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

package preflight_test

import (
	"slices"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

func TestLostPermissions(t *testing.T) {
	policy := func(statements string) []string { return []string{`{"Statement":[` + statements + `]}`} }
	read := `{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::a/*"}`
	for name, c := range map[string]struct {
		before, after []string
		lost          []string
	}{
		"nothing":                  {policy(read), policy(read), nil},
		"wider":                    {policy(read), policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), nil},
		"in other statements":      {policy(read), []string{policy(`{"Effect":"Allow","Action":"s3:getobject","Resource":"arn:aws:s3:::a/*"}`)[0], policy(`{"Effect":"Allow","Action":"s3:Put*","Resource":"arn:aws:s3:::a/*"}`)[0]}, nil},
		"one action":               {policy(read), policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}`), []string{"s3:PutObject on arn:aws:s3:::a/*"}},
		"another resource":         {policy(read), policy(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/b/*"}`), []string{"s3:GetObject on arn:aws:s3:::a/*", "s3:PutObject on arn:aws:s3:::a/*"}},
		"all":                      {policy(read), nil, []string{"s3:GetObject on arn:aws:s3:::a/*", "s3:PutObject on arn:aws:s3:::a/*"}},
		"under a condition":        {policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`), []string{"s3:GetObject on *"}},
		"without its condition":    {policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`), policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), nil},
		"denied":                   {policy(read), policy(read + `,{"Effect":"Deny","Action":"s3:Put*","Resource":"*"}`), []string{"s3:PutObject on arn:aws:s3:::a/*"}},
		"denied in a part":         {policy(read), policy(read + `,{"Effect":"Deny","Action":"s3:PutObject","Resource":"arn:aws:s3:::a/secret/*"}`), []string{"s3:PutObject on arn:aws:s3:::a/*"}},
		"denied already":           {policy(read + `,{"Effect":"Deny","Action":"s3:Put*","Resource":"*"}`), policy(read + `,{"Effect":"Deny","Action":"s3:Put*","Resource":"*"}`), nil},
		"a Not-element stays":      {policy(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), policy(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), nil},
		"a Not-element that grows": {policy(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), policy(`{"Effect":"Allow","NotAction":["iam:*","s3:*"],"Resource":"*"}`), []string{"what a statement with NotAction or NotResource allowed"}},
	} {
		got, err := preflight.Lost(c.before, c.after)
		if err != nil || !slices.Equal(got, c.lost) {
			t.Errorf("%s: lost %q, want %q; %v", name, got, c.lost, err)
		}
	}
	if _, err := preflight.Lost([]string{"no policy"}, nil); err == nil {
		t.Error("what is no policy was compared")
	}
}

func TestFewerCodes(t *testing.T) {
	for _, c := range []struct{ before, after, fewer string }{
		{"200", "200", ""}, {"200", "200-299", ""}, {"200-299", "200", "201-299"}, {"200,302", "200", "302"}, {"200-202", "201", "200,202"},
	} {
		if got := preflight.FewerCodes(c.before, c.after); got != c.fewer {
			t.Errorf("%s → %s: %q, want %q", c.before, c.after, got, c.fewer)
		}
	}
}

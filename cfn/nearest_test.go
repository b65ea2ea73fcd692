package cfn

import "testing"

func TestNearest(t *testing.T) {
	environments := []string{"dev", "local", "prod", "qa", "test"}
	for name, want := range map[string]string{
		"dv": "dev", "Dev": "dev", "dve": "dev", "devv": "dev", "PROD": "prod", "production": "prod", "loc": "local",
		"tset": "test", "aq": "qa", "staging": "", "x": "", "": "", "d": "", "development": "dev",
	} {
		if got := Nearest(name, environments); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := Nearest("prod-e", []string{"prod-eu", "prod-us"}); got != "prod-eu" {
		t.Errorf("got %q", got)
	}
	if got := Nearest("prod-", []string{"prod-a", "prod-b"}); got != "" {
		t.Errorf("%q of two that are as near", got)
	}
}

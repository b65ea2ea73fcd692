package console

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// secrets are texts with a credential, of which no part between « and » may be written.
func secrets() map[string]string {
	var (
		key    = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
		token  = strings.Repeat("IQoJb3JpZ2luX2VjEXAMPLE/", 20) + "=="
		base64 = strings.Repeat("eyJwYXlsb2FkIjoiRVhBTVBMRSJ9", 10) + "=="
		begin  = "-----BEGIN "
		end    = "-----END "
	)
	return map[string]string{
		"variable":             "export AWS_SECRET_ACCESS_KEY=«" + key + "»",
		"credential file":      "aws_secret_access_key = «" + key + "»\nregion = eu-central-1",
		"JSON":                 `{"SecretAccessKey": "«` + key + `»", "AccessKeyId": "local"}`,
		"escaped JSON":         `{\"SecretAccessKey\":\"«` + key + `»\"}`,
		"XML":                  "<SecretAccessKey>«" + key + "»</SecretAccessKey>",
		"structure":            "{AccessKeyID:local SecretAccessKey:«" + key + "» SessionToken:«" + token + "»}",
		"basic":                "Authorization: Basic «QVdTOnBhc3N3b3Jk»",
		"bearer":               `"authorization": "Bearer «abc.def-ghi»", "accept": "*"`,
		"printed header":       "map[Authorization:[Bearer «abc.def-ghi»] Accept:[*/*]]",
		"presigned":            "GET https://s3.amazonaws.com/b/k?X-Amz-Expires=300&X-Amz-Security-Token=«IQoJb3Jp%2FZ2lu»&X-Amz-Signature=«" + strings.Repeat("0a", 32) + "»&x=1",
		"token header":         "X-Amz-Security-Token: «" + token + "»",
		"URL":                  "clone https://jane:«hunter2»@example.com/app.git: refused",
		"database":             "postgres://app:«p-w.d»@db:5432/shop?sslmode=require",
		"ECR":                  "docker login --password «" + base64 + "» registry",
		"ECR in JSON":          `{"authorizationToken": "«` + base64 + `»", "proxyEndpoint": "https://1.dkr.ecr.eu-central-1.amazonaws.com"}`,
		"GitHub":               "token «ghp_" + strings.Repeat("aB3", 12) + "»",
		"GitHub of a workflow": "https://x-access-token:«ghs_" + strings.Repeat("aB3", 12) + "»@github.com/a/b",
		"GitHub with claims":   "«ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln»",
		"GitHub, fine-grained": "(«github_pat_" + strings.Repeat("11AB_", 16) + "»)",
		"private key":          "the key is\n«" + begin + "RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n" + end + "RSA PRIVATE KEY-----»\nand that is all",
		"private key in JSON":  `{"key": "«` + begin + `PRIVATE KEY-----\nMIIEow\n` + end + `PRIVATE KEY-----»"}`,
		"private key, cut off": "| «" + begin + "OPENSSH PRIVATE KEY-----\n| b3BlbnNz»",
		"secret key variable":  "signed with «this/is+my secret»",
		"encoded variable":     "?key=«this%2Fis%2Bmy+secret»",
		"session variable":     "sent «" + processToken + "» twice: «" + processToken + "»",
		"cut session variable": "AWS_TOKEN: «" + processToken[:40] + "»… → (none)",
		"OIDC variable":        "asked with «oidc-request-token»",
		"workflow variable":    "asked with «5eaf00d15eaf00d25eaf00d35eaf00d45eaf00d5»",
	}
}

// processToken is the AWS_SESSION_TOKEN of the process.
var processToken = strings.Repeat("FwoGZXIvYXdzEXAMPLE", 10)

func process(name string) string {
	return map[string]string{
		"AWS_SECRET_ACCESS_KEY": "this/is+my secret", "AWS_SESSION_TOKEN": processToken,
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "oidc-request-token", "GITHUB_TOKEN": "5eaf00d15eaf00d25eaf00d35eaf00d45eaf00d5",
	}[name]
}

// marked splits a text into what is written, with *** for what is between the marks, and the secrets.
func marked(text string) (plain, want string, hiddenParts []string) {
	rest := text
	for {
		before, after, found := strings.Cut(rest, "«")
		plain, want = plain+before, want+before
		if !found {
			return plain, want, hiddenParts
		}
		secret, behind, _ := strings.Cut(after, "»")
		plain, want, rest = plain+secret, want+confidential.Hidden, behind
		hiddenParts = append(hiddenParts, secret)
	}
}

func TestFilter(t *testing.T) {
	r := NewFilter(process)
	for name, text := range secrets() {
		plain, want, _ := marked(text)
		if got := r.Text(plain); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if got := r.Text(want); got != want {
			t.Errorf("%s: the second time, got %q, want %q", name, got, want)
		}
	}
}

// No form writes any part of a credential, wherever it comes in.
func TestNoFormWritesACredential(t *testing.T) {
	for name, text := range secrets() {
		plain, _, parts := marked(text)
		f := &Failure{Code: Unexpected, What: "x: " + plain, Why: plain, Evidence: []string{plain}, Next: []string{plain}}
		for form, make := range forms {
			c := newCourse(make)
			c.filter = NewFilter(process)
			c.Step("%s", plain)
			c.Note("%s", plain)
			c.Expect(plain, 1, plain)
			c.Progress(Progress{Subject: plain, Parent: plain, State: "CREATE_IN_PROGRESS", Reason: plain})
			c.Progress(Progress{Subject: plain, State: plain + " IN_PROGRESS", Reason: plain})
			c.Refresh()
			c.Progress(Progress{Subject: plain, Parent: plain, State: "CREATE_FAILED", Reason: plain})
			c.Result("%s", plain)
			c.Program([]Line{{"12:00 ", plain}})
			c.Quote([]Line{{"12:00 ", plain}})
			c.Fail(f)
			all := c.out.String() + c.err.String() + c.Summary(plain, nil) + c.Summary("x", f) + c.filter.Failure(f).Error()
			if !strings.Contains(all, confidential.Hidden) {
				t.Errorf("%s, %s: nothing is confidential.Hidden in\n%s", form, name, all)
			}
			for _, part := range parts {
				for line := range strings.Lines(part) { // JSON and GitHub write ends of lines in another way
					if line = strings.TrimSpace(line); strings.Contains(all, line) {
						t.Errorf("%s, %s: %q is in\n%s", form, name, line, all)
					}
				}
			}
		}
		if f.Why != plain {
			t.Errorf("%s: the failure itself was changed", name)
		}
	}
}

func TestOrdinaryTextStaysAsItIs(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	for _, text := range []string{
		"",
		"000000000000.dkr.ecr.ap-southeast-1.amazonaws.com/shop@" + digest,
		"http://localhost:5000/v2/shop@" + digest, "https://host:8080/a@b", "https://host:443?mail=a@b", "see https://a/:b and c@d",
		"arn:aws:ecs:ap-southeast-1:000000000000:task-definition/shop:12",
		"arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/password-AbCdEf:password::",
		"commit 5eaf00d15eaf00d25eaf00d35eaf00d45eaf00d5",
		"export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local",
		"secretAccessKey is missing", "SecretAccessKey: {Type: String, NoEcho: true}", "Name: AWS_SECRET_ACCESS_KEY\n          ValueFrom: !Ref Secret",
		"password is wrong for user app", "DB_PASSWORD: /shop/dev/password", "no Authorization header", "Authorization: AWS4-HMAC-SHA256",
		"it weighs_a_lot_more_than_anybody_expected", "ghp_ is how they begin", "github_pat_short",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----",
		"jane@example.com, ratio 3:4@home", "{\"level\":\"info\",\"msg\":\"GET /login?page=x 200\"}",
	} {
		for _, r := range []*Filter{NewFilter(func(string) string { return "" }), NewFilter(func(string) string { return "local" })} {
			if got := r.Text(text); got != text {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

// Templates go to stdout byte by byte.
func TestTemplatesStayAsTheyAre(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "cfn", "testdata", "golden", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		template, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := newCourse(forms["plain"])
		c.filter = NewFilter(process)
		c.Document(template)
		if !bytes.Equal(c.out.Bytes(), template) {
			t.Errorf("%s is written in another way", name)
		}
	}
}

func TestDocumentsHaveNoCredentials(t *testing.T) {
	c := newCourse(forms["plain"])
	c.filter = NewFilter(process)
	c.Document([]byte("a: " + processToken + "\nb: postgres://u:hunter2@db/x\nDB_PASSWORD: shown\n"))
	if want := "a: ***\nb: postgres://u:***@db/x\nDB_PASSWORD: shown\n"; c.out.String() != want {
		t.Errorf("got %q, want %q", &c.out, want)
	}
}

func TestNewKnowsTheProcesssCredentials(t *testing.T) {
	var out, errs bytes.Buffer
	c := New(&out, &errs, Auto, process)
	c.Result("oidc-request-token")
	c.Note("oidc-request-token")
	if strings.Contains(out.String()+errs.String(), "oidc") {
		t.Errorf("got %q and %q", &out, &errs)
	}
}

func TestEveryCredentialOfTheProcessIsHidden(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range credentialNames {
		r := NewFilter(func(asked string) string { return map[string]string{name: "without-a-shape"}[asked] })
		if got := r.Text("said without-a-shape here") + r.document("without-a-shape"); strings.Contains(got, "shape") {
			t.Errorf("%s: got %q", name, got)
		}
		if !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("the guide does not name %s", name)
		}
	}
}

// What programs write stays readable: colours are left out, and what only stands there stays.
func TestProgramsStayReadable(t *testing.T) {
	r := NewFilter(func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] })
	for text, want := range map[string]string{
		"\x1b[32m✓\x1b[39m Ready in \x1b[1m234ms\x1b[22m": "✓ Ready in 234ms",
		"\x1b[01;31m\x1b[Kerror\x1b[m\x1b[K: x":           "error: x",
		"\x1b[38;2;255;0;0mred\x1b[0m":                    "red",
		"\x1b[0m:\x1b[0m:error::x":                        `\x3a:error::x`,
		"#\x1b[0m#\x1b[0m[error]x":                        `##\x5berror]x`,
		"\x1b\x1b[0m[2J":                                  `\x1b[2J`,
		"std::vector a::b\tc":                             "std::vector a::b\tc",
		"👩‍💻 ❤️ שלום":                                     "👩‍💻 ❤️ שלום",
		"50%\r100%\r\ndone":                               "50%\n100%\ndone",
		"a\u0085b\u2028c\u202ed\u009b2Je\x9b":             `a\x85b\u2028c\u202ed\x9b2Je\x9b`,
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

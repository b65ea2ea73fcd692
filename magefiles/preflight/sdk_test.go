package preflight_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

// sent is what matters of a request.
type sent struct {
	Address, Scope, Target string
	Form                   url.Values // of a query
	Body                   string     // of what is none
}

var scope = regexp.MustCompile(`Credential=[^/]+/\d+/([a-z0-9/_-]+)`)

// asked is what a client with a configuration sends, to which there is one answer.
func asked(t *testing.T, cfg aws.Config, body string, ask func(aws.Config) error) sent {
	t.Helper()
	var s sent
	cfg.HTTPClient = client(func(req *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		s = sent{Address: req.URL.String(), Target: req.Header.Get("X-Amz-Target"), Body: string(text)}
		if m := scope.FindStringSubmatch(req.Header.Get("Authorization")); m != nil {
			s.Scope = m[1]
		}
		if s.Target == "" {
			s.Form, err = url.ParseQuery(s.Body)
			s.Body = ""
			if err != nil {
				t.Error(err)
			}
		}
		return answer(200, body)
	})
	if err := ask(cfg); err != nil {
		t.Error(err)
	}
	return s
}

// The SDK's own clients of IAM and Systems Manager are the judges: what is sent here, and where, is what they send.
func TestRequestsAreThoseOfTheSDK(t *testing.T) {
	const (
		role    = `<GetRoleResponse><GetRoleResult><Role><Arn>arn</Arn></Role></GetRoleResult></GetRoleResponse>`
		list    = `<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/></ListRolePoliciesResult></ListRolePoliciesResponse>`
		managed = `<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>`
		policy  = `<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>x</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>`
	)
	name, document := aws.String("shop-tasks"), aws.String("start-tasks")
	operations := map[string]struct {
		answer    string
		sdk, ours func(context.Context, aws.Config) error
	}{
		"GetRole": {role, func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: name})
			return err
		}, func(ctx context.Context, cfg aws.Config) error {
			_, err := preflight.IAM{Config: cfg}.GetRole(ctx, *name)
			return err
		}},
		"ListRolePolicies": {list, func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name})
			return err
		}, func(ctx context.Context, cfg aws.Config) error {
			_, err := preflight.IAM{Config: cfg}.ListRolePolicies(ctx, *name)
			return err
		}},
		"ListAttachedRolePolicies": {managed, func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})
			return err
		}, func(ctx context.Context, cfg aws.Config) error {
			_, err := preflight.IAM{Config: cfg}.ListAttachedRolePolicies(ctx, *name)
			return err
		}},
		"GetRolePolicy": {policy, func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: document})
			return err
		}, func(ctx context.Context, cfg aws.Config) error {
			_, err := preflight.IAM{Config: cfg}.GetRolePolicy(ctx, *name, *document)
			return err
		}},
		"GetParameters": {`{"Parameters":[]}`, func(ctx context.Context, cfg aws.Config) error {
			_, err := ssm.NewFromConfig(cfg).GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"/shop/a", "/shop/b"}})
			return err
		}, func(ctx context.Context, cfg aws.Config) error {
			_, err := preflight.SSM{Config: cfg}.InvalidParameters(ctx, cfg.Region, []string{"/shop/a", "/shop/b"})
			return err
		}},
	}
	regions := []string{
		"us-east-1", "ap-southeast-1", "cn-northwest-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-west-1", "us-isob-east-1", "eu-isoe-west-1",
		"us-isof-south-1", "xx-new-1",
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-shown")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	shared := t.TempDir() + "/config" // what the environment says goes before
	if err := os.WriteFile(shared, []byte("[default]\nuse_fips_endpoint = true\nignore_configured_endpoint_urls = true\nservices = s\n[services s]\nssm =\n  endpoint_url = http://127.0.0.1:4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// IAM's names for FIPS in partitions other than these two follow no rule.
	fipsRegions := []string{"us-east-1", "ap-southeast-1", "us-gov-east-1"}
	for _, variables := range []map[string]string{
		{}, {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:2"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:3"},
		{"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:1", "AWS_ENDPOINT_URL": "http://127.0.0.1:3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
		{"AWS_CONFIG_FILE": shared}, {"AWS_CONFIG_FILE": shared, "AWS_USE_FIPS_ENDPOINT": "false", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
	} {
		t.Run("", func(t *testing.T) {
			for k, v := range variables {
				t.Setenv(k, v)
			}
			for _, region := range regions {
				if (variables["AWS_USE_FIPS_ENDPOINT"] != "" || variables["AWS_CONFIG_FILE"] != "") && !slices.Contains(fipsRegions, region) {
					continue
				}
				cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(region))
				if err != nil {
					t.Fatal(err)
				}
				for operation, o := range operations {
					want := asked(t, cfg, o.answer, func(cfg aws.Config) error { return o.sdk(t.Context(), cfg) })
					got := asked(t, cfg, o.answer, func(cfg aws.Config) error { return o.ours(t.Context(), cfg) })
					if want.Scope == "" || want.Address == "" {
						t.Fatalf("%s in %s: the SDK sends %+v", operation, region, want)
					}
					// The SDK has a slash at the end of an address that has none.
					for _, s := range []*sent{&want, &got} {
						u, err := url.Parse(s.Address)
						if err != nil {
							t.Fatal(err)
						}
						s.Address = u.Scheme + "://" + u.Host + "/"
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%v %s in %s (-SDK +here):\n%s", variables, operation, region, diff)
					}
				}
			}
		})
	}
}

// IAM's answers are those of its API reference, shortened.
func TestIAMReadsWhatIAMAnswers(t *testing.T) {
	var forms []url.Values
	pages := []string{
		`<ListAttachedRolePoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAttachedRolePoliciesResult>
		 <IsTruncated>true</IsTruncated><Marker>next==</Marker><AttachedPolicies><member><PolicyName>a</PolicyName><PolicyArn>arn:a</PolicyArn></member></AttachedPolicies>
		 </ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>`,
		`<ListAttachedRolePoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAttachedRolePoliciesResult>
		 <IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyArn>arn:b</PolicyArn></member></AttachedPolicies>
		 </ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>`,
	}
	r := preflight.IAM{Config: ec2(func(req *http.Request) (*http.Response, error) {
		if err := req.ParseForm(); err != nil {
			t.Error(err)
		}
		forms = append(forms, req.PostForm)
		return answer(200, pages[len(forms)-1])
	}).Config}
	arns, err := r.ListAttachedRolePolicies(t.Context(), "shop")
	if err != nil || !slices.Equal(arns, []string{"arn:a", "arn:b"}) || len(forms) != 2 || forms[1].Get("Marker") != "next==" {
		t.Errorf("%q %v %v", arns, forms, err)
	}
	r.Config.HTTPClient = client(func(*http.Request) (*http.Response, error) {
		return answer(200, `<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::123456789012:role/shop</Arn>
			<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>`)
	})
	role, err := r.GetRole(t.Context(), "shop")
	if want := (preflight.Role{ARN: "arn:aws:iam::123456789012:role/shop", Trust: `{"Version":"2012-10-17"}`}); err != nil || role != want {
		t.Errorf("%+v %v", role, err)
	}
	r.Config.HTTPClient = client(func(*http.Request) (*http.Response, error) {
		return answer(404, `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>
			<Message>The role with name shop cannot be found.</Message></Error><RequestId>1</RequestId></ErrorResponse>`)
	})
	_, err = r.GetRole(t.Context(), "shop")
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "NoSuchEntity" || api.ErrorMessage() != "The role with name shop cannot be found." {
		t.Errorf("%v", err)
	}
}

// atOnce is the standard retryer without its pauses.
func atOnce(attempts int) func() aws.Retryer {
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
}

// What the SDK's clients would ask again is asked again, as often as the configuration says; nothing else is.
func TestReadsAreRepeated(t *testing.T) {
	throttled := `<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`
	denied := `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`
	for name, test := range map[string]struct {
		status, attempts, want int
		body                   string
	}{
		"throttled":              {400, 3, 3, throttled},
		"broken":                 {503, 3, 3, "gateway"},
		"denied":                 {403, 3, 1, denied},
		"throttled, one attempt": {400, 1, 1, throttled},
	} {
		calls := 0
		cfg := ec2(func(*http.Request) (*http.Response, error) {
			calls++
			return answer(test.status, test.body)
		}).Config
		cfg.Retryer = atOnce(test.attempts)
		_, err := preflight.IAM{Config: cfg}.GetRole(t.Context(), "shop")
		if err == nil || calls != test.want {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
	}
}

// Where this machine's clock is off, a service that refuses a request for that is asked again for its own time, as the SDK's
// clients do; where it refuses for something else, it is not.
func TestAClockThatIsOff(t *testing.T) {
	const accepted = `<GetRoleResponse><GetRoleResult><Role><Arn>arn</Arn></Role></GetRoleResult></GetRoleResponse>`
	for name, c := range map[string]struct {
		code    string
		ahead   time.Duration
		silent  bool // about its time
		corrupt bool // refuses whatever the time
		off     bool // not to be corrected
	}{
		"fast":                   {code: "SignatureDoesNotMatch", ahead: -time.Hour},
		"slow":                   {code: "AuthFailure", ahead: time.Hour},
		"right":                  {code: "SignatureDoesNotMatch"},
		"slightly off":           {code: "SignatureDoesNotMatch", ahead: time.Minute, corrupt: true},
		"the time is not told":   {code: "SignatureDoesNotMatch", ahead: time.Hour, silent: true},
		"not for the time":       {code: "AccessDenied", ahead: time.Hour, corrupt: true},
		"for the time, then not": {code: "SignatureDoesNotMatch", ahead: time.Hour, corrupt: true},
		"not to be corrected":    {code: "SignatureDoesNotMatch", ahead: time.Hour, off: true},
	} {
		try := func(ask func(aws.Config) error) (calls int, accepts bool) {
			cfg := ec2(func(req *http.Request) (*http.Response, error) {
				calls++
				signed, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
				if err != nil {
					t.Error(err)
				}
				now := time.Now().Add(c.ahead).UTC()
				status, body := 200, accepted
				if c.corrupt || now.Sub(signed).Abs() > 5*time.Minute {
					status, body = 403, `<ErrorResponse><Error><Code>`+c.code+`</Code><Message>no</Message></Error></ErrorResponse>`
				}
				out, err := answer(status, body)
				if !c.silent {
					out.Header.Set("Date", now.Format(http.TimeFormat))
				}
				return out, err
			}).Config
			cfg.DisableClockSkewCorrection = c.off
			cfg.Retryer = atOnce(3)
			return calls, ask(cfg) == nil
		}
		sdk := func(cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("shop")})
			return err
		}
		ours := func(cfg aws.Config) error {
			_, err := preflight.IAM{Config: cfg}.GetRole(t.Context(), "shop")
			return err
		}
		wantCalls, want := try(sdk)
		gotCalls, got := try(ours)
		if wantCalls != gotCalls || want != got {
			t.Errorf("%s: %d calls, accepted %v; the SDK's %d, %v", name, gotCalls, got, wantCalls, want)
		}
	}
}

// A code stands where the JSON protocols may have it: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
func TestCodesOfRefusals(t *testing.T) {
	for _, c := range []struct{ header, body string }{
		{"", `{"__type":"ThrottlingException","message":"slow down"}`},
		{"", `{"__type":"com.amazonaws.ssm#ThrottlingException","Message":"slow down"}`},
		{"", `{"__type":"com.amazonaws.ssm#ThrottlingException:http://internal.amazon.com/coral/com.amazon.coral.service/"}`},
		{"ThrottlingException", `{"message":"slow down"}`},
		{"ThrottlingException:http://internal.amazon.com/coral/", ``},
		{"", `{"code":"ThrottlingException"}`},
		{"", `{"code":429,"__type":"ThrottlingException"}`},
		{"", `<html>`},
		{"", ``},
	} {
		code := func(ask func(aws.Config) error) string {
			cfg := ec2(func(*http.Request) (*http.Response, error) {
				out, err := answer(400, c.body)
				out.Header.Set("X-Amzn-ErrorType", c.header)
				return out, err
			}).Config
			cfg.Retryer = atOnce(1)
			err := ask(cfg)
			if err == nil {
				t.Errorf("%q %q: no error", c.header, c.body)
			}
			if api, ok := errors.AsType[smithy.APIError](err); ok {
				return api.ErrorCode()
			}
			return ""
		}
		want := code(func(cfg aws.Config) error {
			_, err := ssm.NewFromConfig(cfg).GetParameters(t.Context(), &ssm.GetParametersInput{Names: []string{"/shop/a"}})
			return err
		})
		got := code(func(cfg aws.Config) error {
			_, err := preflight.SSM{Config: cfg}.InvalidParameters(t.Context(), region, []string{"/shop/a"})
			return err
		})
		if want == "UnknownError" { // what the SDK calls none
			want = ""
		}
		if got != want {
			t.Errorf("%q %q: code %q, the SDK's %q", c.header, c.body, got, want)
		}
	}
}

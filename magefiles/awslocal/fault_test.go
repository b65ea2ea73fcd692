package awslocal_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	ossignal "os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

var ctx = context.Background()

// calls makes one call of each service.
func calls(cfg aws.Config) map[string]func() error {
	return map[string]func() error{
		"cloudformation:DescribeStacks": func() error {
			_, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String("Shop")})
			return err
		},
		"ecs:UpdateService": func() error {
			_, err := ecs.NewFromConfig(cfg).UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("shop"), Service: aws.String("web")})
			return err
		},
		"ecs:ListClusters": func() error {
			_, err := ecs.NewFromConfig(cfg).ListClusters(ctx, &ecs.ListClustersInput{})
			return err
		},
		"ecr:DescribeImages": func() error {
			_, err := ecr.NewFromConfig(cfg).DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("shop")})
			return err
		},
		"logs:FilterLogEvents": func() error {
			_, err := cloudwatchlogs.NewFromConfig(cfg).FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/shop")})
			return err
		},
		"elasticloadbalancing:DescribeTargetHealth": func() error {
			_, err := elb.NewFromConfig(cfg).DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: aws.String("arn:aws:elasticloadbalancing:ap-southeast-1:000000000000:targetgroup/a/b")})
			return err
		},
		"application-autoscaling:DescribeScalableTargets": func() error {
			_, err := applicationautoscaling.NewFromConfig(cfg).DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: "ecs"})
			return err
		},
		"iam:GetRole": func() error {
			_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("task")})
			return err
		},
		"secretsmanager:GetSecretValue": func() error {
			_, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("shop/db")})
			return err
		},
		"ssm:GetParameters": func() error {
			_, err := ssm.NewFromConfig(cfg).GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"/shop/key"}})
			return err
		},
		"sts:GetCallerIdentity": func() error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
	}
}

func TestFaultsAnswerAsTheServiceDoes(t *testing.T) {
	const query, json = "Throttling 400", "ThrottlingException 400"
	denied := func(action, resource string) string {
		return "User: arn:aws:iam::000000000000:user/local is not authorized to perform: " + action + " on resource: " + resource + " because no identity-based policy allows the " + action + " action"
	}
	const arn = "arn:aws:%s:ap-southeast-1:000000000000:%s"
	for operation, want := range map[string]struct{ throttle, mistake, denied, resource, expired string }{
		"cloudformation:DescribeStacks":                   {query, "InternalFailure 500", "AccessDenied 403", fmt.Sprintf(arn, "cloudformation", "stack/Shop/*"), "ExpiredToken 403"},
		"ecs:UpdateService":                               {json, "ServerException 500", "AccessDeniedException 400", fmt.Sprintf(arn, "ecs", "service/shop/web"), "ExpiredTokenException 400"},
		"ecs:ListClusters":                                {json, "ServerException 500", "AccessDeniedException 400", "*", "ExpiredTokenException 400"},
		"ecr:DescribeImages":                              {json, "ServerException 500", "AccessDeniedException 400", fmt.Sprintf(arn, "ecr", "repository/shop"), "ExpiredTokenException 400"},
		"logs:FilterLogEvents":                            {json, "ServiceUnavailableException 500", "AccessDeniedException 400", fmt.Sprintf(arn, "logs", "log-group:/shop:log-stream:"), "ExpiredTokenException 400"},
		"elasticloadbalancing:DescribeTargetHealth":       {query, "InternalFailure 500", "AccessDenied 403", fmt.Sprintf(arn, "elasticloadbalancing", "targetgroup/a/b"), "ExpiredToken 403"},
		"application-autoscaling:DescribeScalableTargets": {json, "InternalServiceException 500", "AccessDeniedException 400", "*", "ExpiredTokenException 400"},
		"iam:GetRole":                                     {query, "ServiceFailure 500", "AccessDenied 403", "role task", "ExpiredToken 403"},
		"secretsmanager:GetSecretValue":                   {json, "InternalServiceError 500", "AccessDeniedException 400", "shop/db", "ExpiredTokenException 400"},
		"ssm:GetParameters":                               {json, "InternalServerError 500", "AccessDeniedException 400", fmt.Sprintf(arn, "ssm", "parameter/shop/key"), "ExpiredTokenException 400"},
		"sts:GetCallerIdentity":                           {query, "InternalFailure 500", "", "", "ExpiredToken 403"},
	} {
		for kind, one := range map[awslocal.FaultKind][2]string{
			awslocal.Throttle:      {want.throttle, "Rate exceeded"},
			awslocal.InternalError: {want.mistake, ""},
			awslocal.AccessDenied:  {want.denied, denied(operation, want.resource)},
			awslocal.ExpiredToken:  {want.expired, "The security token included in the request is expired"},
		} {
			if one[0] == "" {
				continue // needs no permission
			}
			server := awslocal.Start(t, awslocal.Fault{Operation: operation, Kind: kind})
			err := calls(server.Config())[operation]()
			api, _ := errors.AsType[smithy.APIError](err)
			status, _ := errors.AsType[*awshttp.ResponseError](err)
			if api == nil || status == nil {
				t.Errorf("%s %s: %v", operation, kind, err)
				continue
			}
			if got := fmt.Sprint(api.ErrorCode(), " ", status.HTTPStatusCode()); got != one[0] || one[1] != "" && api.ErrorMessage() != one[1] || api.ErrorMessage() == "" {
				t.Errorf("%s %s: %s: %s, want %s: %s", operation, kind, got, api.ErrorMessage(), one[0], one[1])
			}
		}
	}
}

func TestAReset(t *testing.T) {
	server := awslocal.Start(t, awslocal.Fault{Kind: awslocal.ConnectionReset})
	for operation, call := range calls(server.Config()) {
		if err := call(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func cluster(server interface{ Config() aws.Config }, name string) error {
	_, err := ecs.NewFromConfig(server.Config()).CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: &name})
	return err
}

func clusters(t *testing.T, server interface{ Config() aws.Config }) []string {
	t.Helper()
	out, err := ecs.NewFromConfig(server.Config()).ListClusters(ctx, &ecs.ListClustersInput{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, arn := range out.ClusterArns {
		names = append(names, arn[strings.LastIndex(arn, "/")+1:])
	}
	return names
}

func TestAnAnswerIsLostAfterTheOperation(t *testing.T) {
	server := awslocal.Start(t)
	for _, kind := range []awslocal.FaultKind{awslocal.InternalError, awslocal.ConnectionReset} {
		for _, after := range []bool{false, true} {
			name := fmt.Sprintf("%s-%t", kind, after)
			server.Inject(awslocal.Fault{Operation: "ecs:CreateCluster", Call: 1, Kind: kind, After: after})
			if err := cluster(server, name); err == nil {
				t.Errorf("%s: no error", name)
			}
			if got := slices.Contains(clusters(t, server), name); got != after {
				t.Errorf("%s: carried out %t", name, got)
			}
		}
	}
}

func TestFaultsHitTheirCall(t *testing.T) {
	server := awslocal.Start(t, awslocal.Fault{Operation: "ecs:CreateCluster", Call: 2, Kind: awslocal.Throttle}, awslocal.Fault{Operation: "sts:*", Kind: awslocal.Throttle})
	var failed []string
	for _, name := range []string{"a", "b", "c"} {
		if cluster(server, name) != nil {
			failed = append(failed, name)
		}
	}
	if !slices.Equal(failed, []string{"b"}) || !slices.Equal(clusters(t, server), []string{"a", "c"}) {
		t.Errorf("failed: %v", failed)
	}
	if calls(server.Config())["sts:GetCallerIdentity"]() == nil {
		t.Error("sts:* does not hit sts:GetCallerIdentity")
	}
	want := []string{"ecs:CreateCluster", "ecs:CreateCluster", "ecs:CreateCluster", "ecs:ListClusters", "sts:GetCallerIdentity"}
	if got := server.Calls(); !slices.Equal(got, want) {
		t.Errorf("calls %v", got)
	}
}

func TestWhoAmICannotBeDenied(t *testing.T) {
	server := awslocal.Start(t, awslocal.Fault{Kind: awslocal.AccessDenied})
	if err := calls(server.Config())["sts:GetCallerIdentity"](); err != nil {
		t.Error(err)
	}
	if clusters := calls(server.Config())["ecs:ListClusters"]; clusters() == nil {
		t.Error("another call is not denied")
	}
}

func TestDoSeesEveryCall(t *testing.T) {
	server := awslocal.Start(t)
	var seen []string
	server.Inject(awslocal.Fault{Do: func(call int, operation string) { seen = append(seen, fmt.Sprint(call, " ", operation)) }})
	if err := cluster(server, "a"); err != nil {
		t.Error(err)
	}
	clusters(t, server)
	if !slices.Equal(seen, []string{"1 ecs:CreateCluster", "2 ecs:ListClusters"}) {
		t.Errorf("%q", seen)
	}
}

func TestLatencyIsTimeOfTheWorld(t *testing.T) {
	server := awslocal.Start(t, awslocal.Fault{Operation: "ecs:CreateCluster", Kind: awslocal.Latency, Delay: time.Hour},
		awslocal.Fault{Operation: "ecs:CreateCluster", Kind: awslocal.Latency, Delay: time.Minute, After: true})
	before := server.Now()
	if err := cluster(server, "a"); err != nil {
		t.Fatal(err)
	}
	if got := server.Now().Sub(before); got != time.Hour+time.Minute {
		t.Errorf("%s have passed", got)
	}
}

// A server for other programs waits on the machine's clock, as long as the client does.
func TestLatencyEndsWithTheClient(t *testing.T) {
	server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Speed: 1000, Faults: []awslocal.Fault{
		{Operation: "ecs:CreateCluster", Call: 1, Kind: awslocal.Latency, Delay: time.Second}, // of AWS: 1 ms
		{Operation: "ecs:CreateCluster", Call: 2, Kind: awslocal.Latency, Delay: 1000 * time.Hour},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := cluster(server, "a"); err != nil {
		t.Error(err)
	}
	impatient, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err = ecs.NewFromConfig(server.Config()).CreateCluster(impatient, &ecs.CreateClusterInput{ClusterName: aws.String("b")})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if got := clusters(t, server); !slices.Equal(got, []string{"a"}) {
		t.Errorf("clusters %v", got)
	}
}

// The test runs itself in a process that is to die.
func TestACrashLeavesWhatWasDone(t *testing.T) {
	if dir := os.Getenv("AWSLOCAL_CRASH_DIR"); dir != "" {
		fault, err := awslocal.ParseFault("fault:ecs:CreateCluster:crash-after:2")
		if err != nil {
			t.Fatal(err)
		}
		server, err := awslocal.Open(awslocal.Options{Dir: dir, Faults: []awslocal.Fault{fault}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b", "c"} {
			_ = cluster(server, name)
		}
		t.Fatal("it lives")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestACrashLeavesWhatWasDone$")
	cmd.Env = append(os.Environ(), "AWSLOCAL_CRASH_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err == nil || strings.Contains(string(out), "FAIL") {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := clusters(t, open(t, dir)); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("clusters %v", got)
	}
}

// A signal reaches who listens for it, and the call has its answer.
func TestASignalIsSentAndTheCallIsServed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	for kind, signal := range map[awslocal.FaultKind]os.Signal{awslocal.Interrupt: os.Interrupt, awslocal.Terminate: syscall.SIGTERM} {
		for _, after := range []bool{false, true} {
			received := make(chan os.Signal, 1)
			ossignal.Notify(received, signal)
			server := awslocal.Start(t, awslocal.Fault{Operation: "ecs:CreateCluster", Call: 2, Kind: kind, After: after})
			for _, name := range []string{"a", "b", "c"} {
				if err := cluster(server, name); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
			}
			select {
			case got := <-received:
				if got != signal {
					t.Errorf("%s: %s was received", kind, got)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("%s: nothing was received", kind)
			}
			ossignal.Stop(received)
			if got := clusters(t, server); !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("%s: clusters %v", kind, got)
			}
		}
	}
}

func TestSignalsAreForSystemsThatHaveThem(t *testing.T) {
	for _, kind := range []awslocal.FaultKind{awslocal.Interrupt, awslocal.Terminate} {
		if err := awslocal.Sendable(kind, "windows"); err == nil || !strings.Contains(err.Error(), "use crash") {
			t.Errorf("%s on Windows: %v", kind, err)
		}
		if err := awslocal.Sendable(kind, "linux"); err != nil {
			t.Errorf("%s on Linux: %v", kind, err)
		}
	}
	if err := awslocal.Sendable(awslocal.Crash, "windows"); err != nil {
		t.Errorf("crash on Windows: %v", err)
	}
}

func TestFaultsAreRead(t *testing.T) {
	list := []awslocal.Fault{
		{Operation: "ecs:UpdateService", Kind: awslocal.Throttle},
		{Operation: "ecs:UpdateService", Kind: awslocal.InternalError, Call: 2, After: true},
		{Operation: "cloudformation:*", Kind: awslocal.AccessDenied},
		{Operation: "registry:PUT", Kind: awslocal.ConnectionReset, After: true},
		{Operation: "registry:*", Kind: awslocal.ExpiredToken},
		{Kind: awslocal.Crash, Call: 17},
		{Kind: awslocal.Interrupt, Call: 3},
		{Operation: "cloudformation:ExecuteChangeSet", Kind: awslocal.Terminate, After: true},
		{Operation: "ecs:UpdateService", Kind: awslocal.Latency, Delay: 90 * time.Second, Call: 1},
		{Kind: awslocal.Stale, Delay: 30 * time.Second},
		{Kind: awslocal.Missing, Times: 2},
		{Kind: awslocal.LateLogs, Delay: 5 * time.Second},
		{Kind: awslocal.Stale, Delay: 30 * time.Second, Call: 7},
		{Kind: awslocal.Missing, Times: 2, Call: 1},
	}
	for _, f := range slices.DeleteFunc(list, func(f awslocal.Fault) bool { return awslocal.Sendable(f.Kind, runtime.GOOS) != nil }) {
		back, err := awslocal.ParseFault(f.String())
		if err != nil || fmt.Sprint(back) != fmt.Sprint(f) || back.Delay != f.Delay {
			t.Errorf("%s: %+v, %v", f, back, err)
		}
		if err := awslocal.CheckScenario(f.String()); err != nil || !awslocal.IsFault(f.String()) {
			t.Errorf("%s: %v", f, err)
		}
	}
	for text, says := range map[string]string{
		"exit": "does not begin with fault:", "fault:": "there is no kind; there are: crash, denied, error", "fault:*": "there is no kind",
		"fault:ecs:UpdateService": "there is no kind", "fault:ecs:UpdateServce:throttle": "does not serve ecs:UpdateServce",
		"fault:s3:*:throttle": "does not serve s3:*", "fault:registry:OPTIONS:throttle": "does not serve registry:OPTIONS",
		"fault:*:sulk": `"sulk" is not a kind`, "fault:*:throttle:0": "not a number from 1", "fault:*:throttle:x": "not a number from 1",
		"fault:*:throttle:1:2": `"2" is too much`, "fault:*:latency": "needs a duration", "fault:*:latency:0s": "not above zero",
		"stale:": "neither a duration nor a number", "stale:0s": "not above zero", "missing:0": "not above zero", "missing:x": "neither a duration",
		"stale:3s:0": "not a number from 1", "missing:2:x": "not a number from 1", "late-logs:3s:1:2": "not a number from 1",
		"late-logs:-5s": "not above zero", "fault:*:throttle-after": "cannot come after", "fault:*:denied-after": "cannot come after", "fault:sts:GetCallerIdentity:denied": "cannot be denied",
	} {
		if _, err := awslocal.ParseFault(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Faults: []awslocal.Fault{{Operation: "ecs:Nothing", Kind: awslocal.Throttle}}})
	if err == nil || !strings.Contains(err.Error(), "ecs:Nothing") {
		t.Errorf("got %v", err)
	}
}

func TestFaultsOfTheRegistry(t *testing.T) {
	const at = "/v2/shop/blobs/uploads/"
	for kind, want := range map[awslocal.FaultKind]string{
		awslocal.Throttle:      `429 {"errors":[{"code":"TOOMANYREQUESTS","message":"Rate exceeded"}]}`,
		awslocal.InternalError: `500 {"errors":[{"code":"UNKNOWN","message":"unknown error"}]}`,
		awslocal.AccessDenied:  `403 {"errors":[{"code":"DENIED","message":"User: arn:aws:iam::000000000000:user/local is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:ap-southeast-1:000000000000:repository/shop because no identity-based policy allows the ecr:InitiateLayerUpload action"}]}`,
		awslocal.ExpiredToken:  `403 {"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}`,
	} {
		server := awslocal.Start(t, awslocal.Fault{Operation: "registry:POST", Kind: kind})
		if got := fetch(t, http.MethodPost, server.URL()+at); got != want {
			t.Errorf("%s: %s", kind, got)
		}
		if got := fetch(t, http.MethodGet, server.URL()+"/v2/"); !strings.HasPrefix(got, "401 ") {
			t.Errorf("%s: another method: %s", kind, got)
		}
		if got := server.Calls(); !slices.Equal(got, []string{"registry:POST", "registry:GET"}) {
			t.Errorf("calls %v", got)
		}
	}
}

package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// failed is a task that did not start.
func failedToStart(reason string) Evidence {
	return Evidence{Stopped: []Task{{Code: "TaskFailedToStart", Reason: reason}}}
}

// ended is a task whose program ended.
func exited(code int32, log ...string) Evidence {
	return Evidence{Stopped: []Task{{Code: "EssentialContainerExited", Reason: "Essential container in task exited", Exit: &code, Ran: 3 * time.Second, Log: log}}}
}

func event(text string) Evidence { return Evidence{Events: []string{"(service web) " + text}} }

func deployment(status, reason string) Evidence {
	return Evidence{Deployments: []ServiceDeployment{{Status: status, Reason: reason}}}
}

// unhealthy is a task that was stopped because of what its target said.
func unhealthy(reason, detail string, log ...string) Evidence {
	return Evidence{
		Stopped: []Task{{ID: "a1", Address: "10.0.0.7", Code: "ServiceSchedulerInitiated", Reason: "Task failed ELB health checks in (target-group arn)", Log: log}},
		Targets: []Target{{Address: "10.0.0.7:3000", State: "unhealthy", Reason: reason, Detail: detail}},
	}
}

// judged are texts as they are documented or were seen, and the signature by which each is to be recognised. Those
// that the embedded AWS rehearses too are judged from end to end by TestVerdicts of package targets.
var judged = []struct {
	signature string
	evidence  Evidence
	why       string // part of it
	source    string // of the text
}{
	{"image-not-found", failedToStart("CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref r.amazonaws.com/web:1: r.amazonaws.com/web:1: not found"), "not in the repository", pagePull},
	{"image-not-found", failedToStart("CannotPullContainerError: API error (404): repository 111122223333.dkr.ecr.us-east-1.amazonaws.com/web not found"), "not in the repository", pagePull},
	{"image-platform", failedToStart("CannotPullContainerError: pull image manifest has been retried 5 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'"), "architecture", pagePull},
	{"image-layers", failedToStart("CannotPullContainerError: ref pull has been retried 1 time(s): number of layers and diffIDs don't match: 3 != 15"), "zstd", pagePull},
	{"disk-full", failedToStart("CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob111111111: no space left on device"), "disk", pagePull},
	{"pull-limit", failedToStart("CannotPullContainerError: ERROR: toomanyrequests: Too Many Requests."), "limits", pagePull},
	{"pull-limit", failedToStart("CannotPullContainerError: You have reached your pull rate limit."), "limits", pagePull},
	{"registry-unknown", failedToStart("CannotPullContainerError: dial tcp: lookup r.example on 10.0.0.2:53: no such host"), "resolved", pagePull},
	{"registry-denied", failedToStart("CannotPullContainerError: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/x/y is not authorized to perform: ecr:GetAuthorizationToken on resource: *"), "may not", pagePull},
	{"registry-denied", failedToStart("CannotPullContainerError: pull access denied for web, repository does not exist or may require 'docker login'"), "may not", pagePull},
	{"registry-unreachable", failedToStart("CannotPullContainerError: API error (500): Get https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/: net/http: request canceled while waiting for connection"), "no way to the registry", pagePull},
	{"registry-unreachable", failedToStart("ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration."), "no way to the registry", pageSetup},
	{"pull-failed", failedToStart("CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReaderSeeker: failed open: unexpected status code"), "cannot be pulled", pagePull},

	{"role-assume", event("failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::111122223333:role/x' that was provided for this task.)"), "role", pageEvents},
	{"role-pass", Evidence{Stack: "User: arn:aws:iam::111122223333:user/me is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/x"}, "iam:PassRole", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"},
	{"role-changed", event("IAM trust relationship has been misconfigured or changed, and ECS can no longer maintain your service"), "role", pageEvents},
	{"program-missing", failedToStart(`CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "npm": executable file not found in $PATH: unknown`), "not in the image", pageStart},
	{"program-denied", failedToStart(`CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/start.sh": permission denied: unknown`), "executed", pageStart},
	{"user-missing", failedToStart("CannotStartContainerError: unable to find user node: no matching entries in passwd file"), "user", pageStart},
	{"secret-key", failedToStart("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key MY_SECRET"), "MY_SECRET", pageSetup},
	{"secret-undecryptable", failedToStart("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: Access to KMS is not allowed"), "decrypt", pageSetup},
	{"secret-denied", failedToStart("ResourceInitializationError: unable to retrieve secret from asm: AccessDeniedException: User: arn is not authorized to perform: secretsmanager:GetSecretValue on resource: arn"), "may not read", pageSetup},
	{"secret-denied", failedToStart("ResourceInitializationError: unable to retrieve secrets from ssm: AccessDeniedException: User: arn is not authorized to perform: ssm:GetParameters on resource: arn"), "may not read", pageSetup},
	{"secret-valueless", failedToStart("ResourceInitializationError: unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"), "no value", pageSetup},
	{"secret-missing", failedToStart("ResourceInitializationError: unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret."), "does not exist", pageSetup},
	{"secret-reference", failedToStart("ResourceInitializationError: unable to retrieve secret from asm: unexpected ARN format with parameters when trying to retrieve ASM secret"), "malformed", pageSetup},
	{"parameter-missing", failedToStart("ResourceInitializationError: unable to retrieve secrets from ssm: service call has been retried 1 time(s): Invalid parameters: /web/password"), "/web/password", pageSetup},
	{"secret-unreachable", failedToStart("ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. RequestCanceled: request context canceled caused by: context deadline exceeded"), "no way", pageSetup},
	{"logs-denied", failedToStart("ResourceInitializationError: failed to validate logger args: AccessDeniedException: User: arn is not authorized to perform: logs:CreateLogStream on resource: arn"), "may not write logs", pageSetup},
	{"log-group-missing", failedToStart("CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."), "log group", pageSetup},
	{"logs-unreachable", failedToStart("ResourceInitializationError: failed to validate logger args: : signal: killed"), "CloudWatch Logs", pageSetup},
	{"volume", failedToStart("ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: Connection timed out"), "volume", guide + "cannot-create-volume.html"},
	{"start-timeout", failedToStart("ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m: reason"), "in time", pageErrors},
	{"initialization", failedToStart("ResourceInitializationError: failed to initialize: something else"), "set up", pageErrors},
	{"start-failed", failedToStart("CannotStartContainerError: failed to get container status: reason"), "started", pageStart},
	{"start-failed", failedToStart(`CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: exec: "/app": is a directory`), "started", pageStart},
	{"start-failed", failedToStart(`CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: exec: "/app/server/start": stat /app/server/start: not a directory`), "started", pageStart},

	{"health-redirect", unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [307]"), "[307]", pageHealth},
	{"health-denied", unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [403]"), "[403]", pageHealth},
	{"health-not-found", unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"), "[404]", pageHealth},
	{"health-error", unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]"), "[502]", pageHealth},
	{"health-error", event("(port 3000) is unhealthy in (target-group arn) due to (reason Health checks failed with these codes: [502])."), "[502]", pageBalancers},
	{"health-code", unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [204]"), "[204]", pageHealth},
	{"health-timeout", unhealthy("Target.Timeout", "Request timed out"), "Request timed out", pageHealth},
	{"loopback", unhealthy("Target.FailedHealthChecks", "Health checks failed", "▲ Next.js 15.1.0", "- Local: http://localhost:3000"), "localhost:3000", pageBalancers},
	{"wrong-port", unhealthy("Target.FailedHealthChecks", "Health checks failed", "Server listening on port 8080"), "asks port 3000", pageBalancers},
	{"slow-start", unhealthy("Target.FailedHealthChecks", "Health checks failed", "- Local: http://localhost:3000", "- Network: http://0.0.0.0:3000"), "too late", pageBalancers},
	{"no-answer", unhealthy("Target.FailedHealthChecks", "Health checks failed", "loading", "12:34:56 ready for nothing"), "nothing answers", pageHealth},
	{"target-unused", unhealthy("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"), "target group", pageHealth},
	{"target-refused", event("failed to register targets in (target-group arn) with (error The target group does not exist)"), "registered", pageEvents},
	{"own-address", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed container health checks", Log: []string{
		"▲ Next.js 16.0.10", "- Local:        http://ip-10-0-1-2.eu-west-1.compute.internal:3000", "- Network:      http://ip-10-0-1-2.eu-west-1.compute.internal:3000", "✓ Ready in 300ms"}}}},
		"ip-10-0-1-2", "https://github.com/vercel/next.js/issues/58657"},
	{"own-address", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed container health checks", Address: "10.0.1.2", Log: []string{
		"Server listening on http://10.0.1.2:3000"}}}}, "10.0.1.2", "https://github.com/vercel/next.js/issues/58657"},
	{"container-unhealthy", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed container health checks", Address: "10.0.1.2", Log: []string{
		"- Local:   http://localhost:3000", "- Network: http://0.0.0.0:3000 of ip-10-0-1-2"}}}}, "own health check", pageHealth},
	{"container-unhealthy", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed container health checks"}}}, "own health check", pageStopped},
	{"target-unhealthy", Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Task failed ELB health checks in (target-group arn)"}}}, "health check", pageStopped},
	{"health-timeout", Evidence{Targets: []Target{{Address: "10.0.0.1:3000", State: "unhealthy", Reason: "Target.Timeout"}}}, "Target.Timeout", pageHealth},

	{"architecture", exited(1, "exec /app: exec format error"), "architecture", pageStopped},
	{"out-of-memory", Evidence{Stopped: []Task{{Code: "EssentialContainerExited", Exit: new(int32(137)), Reason: "Essential container in task exited", Detail: "OutOfMemoryError: Container killed due to memory usage"}}}, "memory", pageMemory},
	{"heap-exhausted", exited(134, "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory"), "heap", pageStopped},
	{"variable-missing", exited(1, "DATABASE_URL is not set"), "exit code 1", pageStopped},
	{"port-in-use", exited(1, "warning: NODE_ENV is not set", "Error: listen EADDRINUSE: address already in use :::3000"), "EADDRINUSE", pageStopped},
	{"port-in-use", exited(1, "Error: listen EADDRINUSE: address already in use :::3000"), "port", pageStopped},
	{"read-only", exited(1, "mkdir: cannot create directory '/x': Read-only file system"), "read-only", pageStopped},
	{"not-writable", exited(1, "Error: EACCES: permission denied, mkdir '/app/db'"), "may not write", pageStopped},
	{"module-missing", exited(1, "Error: Cannot find module '/app/server.js'"), "server.js", pageStopped},
	{"name-unresolved", exited(1, "Error: getaddrinfo EAI_AGAIN db"), "resolved", pageStopped},
	{"login-refused", exited(1, `FATAL: password authentication failed for user "web"`), "credentials", pageStopped},
	{"certificate", exited(1, "tls: failed to verify certificate: x509: certificate signed by unknown authority"), "certificate", pageStopped},
	{"connection-refused", exited(1, "dial tcp 127.0.0.1:5432: connect: connection refused"), "connect", pageStopped},
	{"connection-timeout", exited(1, "dial tcp 10.0.0.9:5432: i/o timeout"), "reach", pageStopped},
	{"file-denied", exited(1, "open /data/x: permission denied"), "/data/x", pageStopped},
	{"file-missing", exited(1, "open /etc/web.yaml: no such file or directory"), "/etc/web.yaml", pageStopped},
	{"command-missing", exited(127), "127", pageStopped},
	{"command-denied", exited(126), "126", pageStopped},
	{"killed", exited(137), "137", pageStopped},
	{"crashed", exited(139), "139", pageStopped},
	{"ended", exited(0), "without an error", pageStopped},
	{"exited-at-start", exited(1, "boom"), "exit code 1, 3 s after its start", pageStopped},
	{"exited", Evidence{Stopped: []Task{{Code: "EssentialContainerExited", Exit: new(int32(2)), Ran: time.Minute}}}, "exit code 2, 60 s", pageStopped},

	{"capacity", event("was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone."), "capacity", pageEvents},
	{"quota", event("was unable to place a task. Reason: You’ve reached the limit on the number of vCPUs you can run concurrently"), "quota", pageEvents},
	{"quota", event("was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently"), "quota", pageEvents},
	{"size-limit", event("was unable to place a task. Reason: The requested MEMORY configuration is above your limit."), "size", pageEvents},
	{"addresses", failedToStart("Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': InsufficientFreeAddressesInSubnet"), "addresses", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"},
	{"spot", Evidence{Stopped: []Task{{Code: "SpotInterruption", Reason: "Your Spot Task was interrupted."}}}, "Spot", pageSpot},
	{"maintenance", Evidence{Stopped: []Task{{Code: "TerminationNotice", Reason: "ECS is performing maintenance on the underlying infrastructure hosting the task."}}}, "AWS's side", pageStopped},
	{"throttled", event("operations are being throttled. Will try again later."), "how fast", pageEvents},
	{"provisioning-limit", event("was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded."), "too many tasks", pageEvents},
	{"zone", event("was unable to place a task. Reason: Internal error."), "zone", pageEvents},
	{"no-place", event("was unable to place a task because no container instance met all of its requirements."), "placed", pageEvents},

	{"deadlocked", event("was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again."), "no way on", pageEvents},
	{"alarm", Evidence{Deployments: []ServiceDeployment{{Status: "ROLLBACK_SUCCESSFUL", Reason: "rolled back"}}, Alarms: []string{"web-5xx"}}, "web-5xx", pageAlarms},
	{"superseded", Evidence{Deployments: []ServiceDeployment{{ID: "1", Status: "STOPPED", Reason: "x"}, {ID: "2", Status: "IN_PROGRESS"}}}, "another deployment", guide + "service-deployment.html"},
	{"recalled", deployment("ROLLBACK_SUCCESSFUL", "Service deployment rolled back because of a stop request."), "somebody", guide + "stop-service-deployment.html"},
	{"tasks-failed", deployment("ROLLBACK_SUCCESSFUL", "Service deployment rolled back because the circuit breaker threshold was exceeded."), "not seen", pageBreaker},
	{"unknown", deployment("STOPPED", ""), "nothing", ""},
	{"unknown", Evidence{}, "nothing", ""},
	{"unknown", failedToStart("a new reason"), "a new reason", ""},
}

func TestJudge(t *testing.T) {
	for _, c := range judged {
		v := Judge(c.evidence)
		if v.Signature != c.signature || !strings.Contains(v.Why, c.why) {
			t.Errorf("got %q: %q, want %q with %q", v.Signature, v.Why, c.signature, c.why)
		}
	}
}

// Each signature is told by a text that it is made for: none is hidden by those before it.
func TestEverySignatureIsJudged(t *testing.T) {
	names := map[string]bool{"variable-removed": true} // needs a change: TestWhatVanishedIsNamed
	for _, c := range judged {
		names[c.signature] = true
		if c.source == "" && c.signature != "unknown" {
			t.Errorf("%s: where is the text from?", c.signature)
		}
	}
	seen := map[string]bool{}
	for _, s := range signatures {
		if !names[s.name] {
			t.Errorf("no evidence is judged %s", s.name)
		}
		if seen[s.name] {
			t.Errorf("%s is there twice", s.name)
		}
		seen[s.name] = true
		if s.what == "" || s.advice == "" || s.look == "" || s.page == "" {
			t.Errorf("%s lacks what, advice, look or page", s.name)
		}
		if s.says == nil && s.logs == nil && s.sees == "" {
			t.Errorf("%s does not say what is seen", s.name)
		}
	}
	if len(signatures) < 30 {
		t.Errorf("%d signatures, fewer than 30", len(signatures))
	}
}

func TestWhatWaitingMayHelp(t *testing.T) {
	var got []string
	for _, s := range signatures {
		if s.retryable {
			got = append(got, s.name)
		}
	}
	want := []string{"pull-limit", "start-timeout", "capacity", "quota", "addresses", "spot", "maintenance", "throttled", "provisioning-limit"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhichFailureDecides(t *testing.T) {
	crash, pull := exited(1).Stopped[0], failedToStart("CannotPullContainerError: not found").Stopped[0]
	old := crash
	old.Revision, pull.Revision = "web:1", "web:2"
	for name, c := range map[string]struct {
		evidence Evidence
		want     string
	}{
		"the first task":                                   {Evidence{Stopped: []Task{crash, pull}}, "exited-at-start"},
		"the first task of the new revision":               {Evidence{Revision: "web:2", Stopped: []Task{old, pull}}, "image-not-found"},
		"a task of the old one where nothing else":         {Evidence{Revision: "web:2", Stopped: []Task{old}}, "exited-at-start"},
		"a task before an event":                           {Evidence{Stopped: []Task{crash}, Events: event("was unable to place a task. Reason: Internal error.").Events}, "exited-at-start"},
		"a task before the deployment":                     {Evidence{Stopped: []Task{crash}, Deployments: deployment("STOPPED", "a new service deployment was started").Deployments}, "exited-at-start"},
		"a task that a deployment stopped is no failure":   {Evidence{Stopped: []Task{{Code: "ServiceSchedulerInitiated", Reason: "Scaling activity initiated by (deployment x)"}}}, "unknown"},
		"a task that a person stopped is no failure":       {Evidence{Stopped: []Task{{Code: "UserInitiated", Reason: "Task stopped by user"}}}, "unknown"},
		"unknown words and what the stack says":            {Evidence{Stopped: failedToStart("new").Stopped, Stack: "is not authorized to perform: iam:PassRole"}, "role-pass"},
		"the health of its own target, not of another one": {ownHealth(), "health-redirect"},
	} {
		if v := Judge(c.evidence); v.Signature != c.want {
			t.Errorf("%s: got %q, want %q", name, v.Signature, c.want)
		}
	}
}

// ownHealth is a task whose target redirects beside another one that times out.
func ownHealth() Evidence {
	e := unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [307]")
	e.Targets = append([]Target{{Address: "10.0.0.70:3000", State: "unhealthy", Reason: "Target.Timeout", Detail: "Request timed out"}}, e.Targets...)
	return e
}

func TestHealthIsToldByEventsToo(t *testing.T) {
	e := Evidence{
		Stopped: []Task{{ID: "b2", Code: "ServiceSchedulerInitiated", Reason: "Task failed ELB health checks in (target-group arn)"}},
		Events: []string{
			"(service web) (task b2) (port 3000) is unhealthy in (target-group arn) due to (reason Health checks failed with these codes: [404]).",
			"(service web) (task c3) (port 3000) is unhealthy in (target-group arn) due to (reason Request timed out).",
		},
		Check: Check{Path: "/health", Codes: "200", Timeout: 5 * time.Second, Grace: 2 * time.Minute},
	}
	v := Judge(e)
	want := "the program does not know the health check's path: Health checks failed with these codes: [404]; asked is /health, healthy is 200 within 5 s, and failures are forgiven for 120 s"
	if v.Signature != "health-not-found" || v.Why != want {
		t.Errorf("%s: %s", v.Signature, v.Why)
	}
}

func TestWhatVanishedIsNamed(t *testing.T) {
	e := exited(1, "starting", "Error: DATABASE_URL must be set")
	e.Changes = []Change{
		{Kind: Variable, Name: "DATABASE_URL", Was: true, From: 41, To: 42},
		{Kind: Variable, Name: "COLOUR", Was: true, From: 41, To: 42},
		{Kind: Variable, Name: "NEW", Is: true, From: 41, To: 42},
		{Kind: CPU, Before: "256", After: "512", Was: true, Is: true, From: 41, To: 42},
	}
	v := Judge(e)
	if v.Signature != "variable-removed" || len(v.Likely) != 1 || v.Likely[0].String() != "variable DATABASE_URL is absent in revision 42 and was present in 41" {
		t.Errorf("%s: %s", v.Signature, v.Likely)
	}
	e.Stopped[0].Log = []string{"boom"}
	if v := Judge(e); v.Signature != "exited-at-start" || len(v.Likely) != 2 || v.Likely[1].Name != "COLOUR" {
		t.Errorf("%s: %s", v.Signature, v.Likely)
	}
}

// Where AWS names a secret, others are not to blame.
func TestTheSecretThatAWSNames(t *testing.T) {
	const arn = "arn:aws:secretsmanager:r:0:secret:"
	changes := []Change{
		{Kind: Secret, Name: "A", After: arn + "a-AbCdEf:key::", Is: true}, {Kind: Secret, Name: "B", After: arn + "b-AbCdEf", Is: true},
		{Kind: Secret, Name: "GONE", Before: arn + "a-AbCdEf", Was: true}, {Kind: Variable, Name: "C", Is: true},
	}
	for text, want := range map[string][]string{
		"ResourceInitializationError: failed to fetch secret " + arn + "a-AbCdEf from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.": {"A"},
		"ResourceInitializationError: Secrets Manager can't find the specified secret.":                                                                                             {"A", "B"},
	} {
		e := failedToStart(text)
		e.Changes = changes
		var got []string
		for _, c := range Judge(e).Likely {
			got = append(got, c.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestHopeless(t *testing.T) {
	task := func(revision string, code int32) Task {
		return Task{Revision: revision, Code: "EssentialContainerExited", Reason: "Essential container in task exited", Exit: &code}
	}
	spot := Task{Revision: "web:2", Code: "SpotInterruption", Reason: "Your Spot Task was interrupted."}
	strange := Task{Revision: "web:2", Code: "TaskFailedToStart", Reason: "new"}
	scaled := Task{Revision: "web:2", Code: "ServiceSchedulerInitiated", Reason: "Scaling activity initiated by (deployment x)"}
	sick := Task{Revision: "web:2", Code: "ServiceSchedulerInitiated", Reason: "Task failed ELB health checks in (target-group arn)"}
	role := event("failed to launch a task with (error ECS was unable to assume the role 'x')").Events[0]
	unhealthyEvent := event("(task a) (port 3000) is unhealthy in (target-group arn) due to (reason Request timed out).").Events[0]
	stuck := event("was unable to stop or start tasks during a deployment because of the service deployment configuration.").Events[0]
	for name, c := range map[string]struct {
		evidence Evidence
		want     string // empty: not hopeless
	}{
		"nothing":                      {Evidence{}, ""},
		"one exit":                     {Evidence{Stopped: []Task{task("web:2", 1)}}, ""},
		"the same exit twice":          {Evidence{Stopped: []Task{task("web:2", 1), task("web:2", 1)}}, "exited-at-start"},
		"two codes":                    {Evidence{Stopped: []Task{task("web:2", 1), task("web:2", 2)}}, ""},
		"two codes, one of them twice": {Evidence{Stopped: []Task{task("web:2", 1), task("web:2", 2), task("web:2", 1)}}, "exited-at-start"},
		"the old revision":             {Evidence{Revision: "web:2", Stopped: []Task{task("web:1", 1), task("web:1", 1)}}, ""},
		"one of each revision":         {Evidence{Revision: "web:2", Stopped: []Task{task("web:1", 1), task("web:2", 1)}}, ""},
		"Spot":                         {Evidence{Stopped: []Task{spot, spot, spot}}, ""},
		"Spot between exits":           {Evidence{Stopped: []Task{task("web:2", 1), spot, task("web:2", 1)}}, "exited-at-start"},
		"a reason that is not known":   {Evidence{Stopped: []Task{strange, strange}}, "unknown"},
		"scaled in":                    {Evidence{Stopped: []Task{scaled, scaled}}, ""},
		"unhealthy twice":              {Evidence{Stopped: []Task{sick, sick}}, "target-unhealthy"},
		"unhealthy and told so":        {Evidence{Stopped: []Task{sick}, Events: []string{"(service web) (task a) (port 3000) is unhealthy in (target-group arn) due to (reason x)."}}, ""},
		"two events of health":         {Evidence{Events: []string{unhealthyEvent, unhealthyEvent}}, ""},
		"two unhealthy targets":        {Evidence{Targets: []Target{{Address: "a:1", Reason: "Target.Timeout"}, {Address: "b:1", Reason: "Target.Timeout"}}}, ""},
		"an event twice":               {Evidence{Events: []string{role, role}}, "role-assume"},
		"deadlocked":                   {Evidence{Events: []string{stuck}}, "deadlocked"},
		"ordinary events":              {Evidence{Events: []string{"(service web) has started 1 tasks: (task a).", "(service web) has started 1 tasks: (task b)."}}, ""},
	} {
		v, hopeless := Hopeless(c.evidence, 2)
		if hopeless != (c.want != "") || v.Signature != c.want {
			t.Errorf("%s: %t, %q, want %q", name, hopeless, v.Signature, c.want)
		}
	}
}

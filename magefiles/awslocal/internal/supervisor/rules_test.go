package supervisor

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
)

// The image's variables come before Fargate's, and the task's before both.
func TestEnvironment(t *testing.T) {
	image := &unpacked{Image: &ecr.Image{Env: []string{"PATH=/opt/bin", "AWS_REGION=image", "GREETING=image", "EMPTY="}}, owner: layers.Owner{}, home: "/home/app"}
	job := ecs.Job{RuntimeID: "abc-1", Environment: map[string]string{"GREETING": "task", "HOSTNAME": "ip-10-0-1-2.eu-central-1.compute.internal"}}
	got := environment(image, ecs.Work{ID: "abc", Role: "arn:aws:iam::000000000000:role/r"}, job, "eu-central-1")
	for _, want := range []string{
		"PATH=/opt/bin", "GREETING=task", "EMPTY=", "HOME=/home/app", "AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1", "AWS_EXECUTION_ENV=AWS_ECS_FARGATE",
		"HOSTNAME=ip-10-0-1-2.eu-central-1.compute.internal", "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/abc-1",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/abc", "AWS_ENDPOINT_URL=http://169.254.170.3:4566",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
	if bare := environment(&unpacked{Image: &ecr.Image{}, home: "/"}, ecs.Work{}, ecs.Job{}, "r"); slices.ContainsFunc(bare, func(v string) bool {
		return strings.HasPrefix(v, "AWS_CONTAINER_CREDENTIALS")
	}) || !slices.Contains(bare, "PATH="+defaultPath) {
		t.Errorf("without a role and a PATH: %q", bare)
	}
}

// A redirect to another listener of the load balancer leads to where that is on this machine; one to elsewhere stays.
func TestRedirectsLeadToThisMachine(t *testing.T) {
	to := func(r balancer.Redirect) balancer.Action { return balancer.Action{Redirect: &r} }
	table := balancer.Table{Listeners: []balancer.Listener{
		{Key: "http", LoadBalancer: "app/shop/1", Port: 80, Default: to(balancer.Redirect{Protocol: "HTTPS", Port: "443", Host: "#{host}", Status: 301}), Rules: []balancer.Rule{
			{Priority: 1, Action: to(balancer.Redirect{Protocol: "HTTPS", Port: "443", Host: "www.example.com", Status: 301})},
			{Priority: 2, Action: to(balancer.Redirect{Protocol: "HTTPS", Port: "8443", Status: 302})},
		}},
		{Key: "https", LoadBalancer: "app/shop/1", Port: 443, HTTPS: true},
	}}
	f := &front{doors: map[string]*door{"http": {port: 40080}, "https": {port: 40443}}}
	got := f.here(table)
	if r := got.Listeners[0].Default.Redirect; r.Protocol != "HTTP" || r.Port != "40443" || r.Host != "#{host}" || r.Status != 301 {
		t.Errorf("default: %+v", r)
	}
	if r := got.Listeners[0].Rules[0].Action.Redirect; r.Port != "443" || r.Protocol != "HTTPS" {
		t.Errorf("to another host: %+v", r)
	}
	if r := got.Listeners[0].Rules[1].Action.Redirect; r.Port != "8443" {
		t.Errorf("to a port without a listener: %+v", r)
	}
	if got.Listeners[0].Port != 40080 || got.Listeners[1].Port != 40443 || !got.Listeners[1].HTTPS {
		t.Errorf("ports %d, %d", got.Listeners[0].Port, got.Listeners[1].Port)
	}
	if table.Listeners[0].Port != 80 || table.Listeners[0].Default.Redirect.Port != "443" {
		t.Error("the table itself has changed")
	}
}

// Lines are told one by one, the last one too where it has no end, and a very long one in parts.
func TestLines(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", longestLine+10)
	go func() {
		_, _ = w.WriteString("one\r\n\ntwo\n" + long + "\nlast") // read below
		_ = w.Close()
	}()
	lines := make(chan string, 16)
	read(r, lines)
	close(lines)
	var got []string
	for line := range lines {
		got = append(got, line)
	}
	if len(got) != 6 || got[0] != "one" || got[1] != "" || got[2] != "two" || got[3]+got[4] != long || got[5] != "last" {
		for i, line := range got {
			t.Errorf("line %d: %d bytes, %.20q", i, len(line), line)
		}
	}
}

// A question that no resolver answers is answered with SERVFAIL, its number and words kept.
func TestNobodyResolves(t *testing.T) {
	question := append([]byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x04name\x00\x00\x01\x00\x01"...)
	answer := failure(question)
	if !bytes.Equal(answer[:2], question[:2]) || answer[2]&0x80 == 0 || answer[3]&0x0f != 2 || !bytes.Equal(answer[12:], question[12:]) {
		t.Errorf("% x", answer)
	}
	if failure(question[:5]) != nil {
		t.Error("what is no question has an answer")
	}
}

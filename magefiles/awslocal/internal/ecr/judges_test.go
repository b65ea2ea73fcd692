package ecr_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func run(t *testing.T, env []string, name string, args ...string) (stdout string, err error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	t.Logf("%s %s\n%s%s", name, strings.Join(args, " "), out.String(), errs.String())
	return strings.TrimSpace(out.String()), err
}

func TestSkopeo(t *testing.T) {
	_, err := exec.LookPath("skopeo")
	judge(t, "skopeo", err)
	p := serve(t, t.TempDir())
	p.create("app")
	p.create("copy")
	user, password := p.login()
	creds := user + ":" + password
	index, err := random.Index(3000, 2, 2)
	must(t, err)
	dir := t.TempDir()
	_, err = layout.Write(filepath.Join(dir, "in"), index)
	must(t, err)
	must(t, remote.WriteIndex(p.ref("app:v1"), index, p.auth()))
	copies := func(args ...string) {
		t.Helper()
		if _, err := run(t, nil, "skopeo", append([]string{"copy", "--all", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false"}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	at := "docker://" + p.host()
	copies("--src-creds", creds, "--dest-creds", creds, at+"/app:v1", at+"/copy:v1")
	copies("--src-creds", creds, at+"/copy:v1", "oci:"+filepath.Join(dir, "out")+":v1")
	copies("--dest-creds", creds, "oci:"+filepath.Join(dir, "out")+":v1", at+"/copy:v2")
	out, err := run(t, nil, "skopeo", "list-tags", "--tls-verify=false", "--creds", creds, at+"/copy")
	must(t, err)
	if !strings.Contains(out, `"v1"`) || !strings.Contains(out, `"v2"`) {
		t.Errorf("tags: %s", out)
	}
	if _, err := run(t, nil, "skopeo", "list-tags", "--tls-verify=false", at+"/copy"); err == nil {
		t.Error("no credentials are needed")
	}
}

func TestCommandLine(t *testing.T) {
	_, err := exec.LookPath("aws")
	judge(t, "aws", err)
	p := serve(t, t.TempDir())
	env := []string{"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=" + acct.Region}
	ecr := func(args ...string) (map[string]any, error) {
		out, err := run(t, env, "aws", append([]string{"--endpoint-url", p.url, "--output", "json", "ecr"}, args...)...)
		v := map[string]any{}
		if err == nil {
			must(t, json.Unmarshal([]byte(out), &v))
		}
		return v, err
	}
	_, err = ecr("create-repository", "--repository-name", "app", "--image-tag-mutability", "IMMUTABLE", "--tags", "Key=a,Value=b")
	must(t, err)
	must(t, remote.Write(p.ref("app:v1"), randomImage(t), p.auth()))
	described, err := ecr("describe-images", "--repository-name", "app")
	must(t, err)
	if n := len(described["imageDetails"].([]any)); n != 1 {
		t.Errorf("%d images", n)
	}
	got, err := ecr("batch-get-image", "--repository-name", "app", "--image-ids", "imageTag=v1", "imageTag=v2")
	must(t, err)
	if len(got["images"].([]any)) != 1 || len(got["failures"].([]any)) != 1 {
		t.Errorf("batch-get-image: %v", got)
	}
	token, err := ecr("get-authorization-token")
	must(t, err)
	if data := token["authorizationData"].([]any)[0].(map[string]any); data["proxyEndpoint"] != p.url {
		t.Errorf("token: %v", data)
	}
	if _, err := ecr("delete-repository", "--repository-name", "app"); err == nil {
		t.Error("a repository with images is deleted")
	}
}

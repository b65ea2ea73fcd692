package awslocal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

func open(t *testing.T, dir string) *awslocal.Server {
	t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func register(client *ecs.Client, family string) (int32, error) {
	out, err := client.RegisterTaskDefinition(context.Background(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String(family), ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("c"), Image: aws.String("i"), Memory: aws.Int32(128)}},
	})
	if err != nil {
		return 0, err
	}
	return out.TaskDefinition.Revision, nil
}

func TestServersOnOneFolderSeeEachOther(t *testing.T) {
	dir := t.TempDir()
	const each = 25
	var all sync.Map
	var running sync.WaitGroup
	for range 3 {
		client := ecs.NewFromConfig(open(t, dir).Config())
		running.Go(func() {
			for range each {
				revision, err := register(client, "app")
				if err != nil {
					t.Error(err)
					return
				}
				if _, twice := all.LoadOrStore(revision, true); twice {
					t.Errorf("revision %d was given twice", revision)
				}
			}
		})
	}
	running.Wait()
	if next, err := register(ecs.NewFromConfig(open(t, dir).Config()), "app"); err != nil || next != 3*each+1 {
		t.Errorf("after %d revisions a new server gives %d, %v", 3*each, next, err)
	}
}

// fetch is the status and the body of an answer.
func fetch(t *testing.T, method, url string) string {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(answer.StatusCode, " ", strings.TrimSpace(string(body)))
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "localhost:0", ":0", "10.0.0.1:0", "nonsense"} {
		if server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Address: address}); err == nil {
			t.Errorf("%s is served", address)
			server.Close()
		}
	}
}

func TestAnyAddressIsServedWhenTold(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0"} {
		server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Address: address, AnyAddress: true})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		if !strings.HasPrefix(server.URL(), "http://127.0.0.1:") {
			t.Errorf("%s has the address %s", address, server.URL())
		}
		if got := fetch(t, http.MethodGet, server.URL()+"/v2/"); !strings.HasPrefix(got, "401 ") {
			t.Errorf("%s answers %s", address, got)
		}
	}
	if server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Address: "nonsense", AnyAddress: true}); err == nil {
		t.Error("nonsense is served")
		server.Close()
	}
}

func TestAStateThatCannotBeReadIsToldAtOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte(`{"Core":{"Version":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := awslocal.Open(awslocal.Options{Dir: dir})
	if err == nil {
		server.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "an older version of this program has written it") {
		t.Errorf("got %v", err)
	}
}

func TestResetRemovesStateAndNothingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	server, err := awslocal.Open(awslocal.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := awslocal.Reset(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is still there")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second state goes where the link still leads to
		server, err := awslocal.Open(awslocal.Options{Dir: link})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(server.Close(), awslocal.Reset(link)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Error("the folder that a link leads to is still there")
		}
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := awslocal.Reset(other); err == nil {
		t.Error("a folder without state was removed")
	}
}

func TestScenarios(t *testing.T) {
	for _, s := range []string{"exit", "exit:3", "exit-after:30s", "exit-after:30s:2", "oom", "unhealthy", "unhealthy:500", "deaf", "slow:90s", "port:8080", "sick", "stubborn", "stop:143", "no-pull", "no-secret",
		"crash:a: b", "exec-format", "hang", "loopback", "no-pull:route", "no-secret:key", "no-logs", "no-start:user", "no-place:quota", "no-role", "spot", "superseded"} {
		if err := awslocal.CheckScenario(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"sulk", "exit:x", "exit:1:2", "exit-after", "slow", "unhealthy:ok", "oom:1", "crash", "no-pull:mood"} {
		if err := awslocal.CheckScenario(s); err == nil {
			t.Errorf("%s was accepted", s)
		}
	}
}

package supervisor

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/elb"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// TestChangesOfOthersAreSeen lets another process change the state at the moment at which the supervisor has looked at it
// and acts on what it saw, when nothing else is due.
func TestChangesOfOthersAreSeen(t *testing.T) {
	state := t.TempDir()
	open := func() Options {
		w, err := sim.Open(state, sim.Options{Speed: 1e6})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() }) // of a folder that goes
		balancing := elb.New(w, awstest.Account)
		return Options{
			World: w, Tasks: ecs.New(w, awstest.Account, nil, balancing, nil), Balancing: balancing, Images: ecr.New(w, awstest.Account, func() string { return "" }),
		}
	}
	other := open()
	made := awstest.NewBench(t, other.World, "AWS::ElasticLoadBalancingV2::", other.Balancing.Types())
	shop := made.Must("LoadBalancer", map[string]any{"Name": "shop", "Subnets": []any{"subnet-00000000000000000", "subnet-00000000000000001"}})
	listen := func(port int) {
		made.Must("Listener", map[string]any{"LoadBalancerArn": shop, "Port": port, "Protocol": "HTTP", "DefaultActions": []any{
			map[string]any{"Type": "fixed-response", "FixedResponseConfig": map[string]any{"StatusCode": "200"}},
		}})
	}
	listen(80)
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := filepath.Join(state, "run")
	ports, _ := json.Marshal(map[string]int{"shop:80": taken.Addr().(*net.TCPAddr).Port}) // of a number
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ports.json"), ports, 0o600); err != nil {
		t.Fatal(err)
	}
	o := open()
	o.Dir, o.Log = dir, func(format string, _ ...any) {
		if strings.Contains(format, "is in use by another program") { // it opens the listener that it has seen
			listen(81)
		}
	}
	s, err := Start(o, "one")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for end := time.Now().Add(10 * time.Second); len(s.Addresses()) < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("10 s after another process has made a listener there is none: %+v", s.Addresses())
		}
	}
}

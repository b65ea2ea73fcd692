package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

var (
	kills    = flag.Int("kills", 8, "how many runs of local:up TestKills kills")
	killSeed = flag.Uint64("kills.seed", 0, "what the moments of the kills follow from; 0: chosen and printed")
)

// machine is where local:up is run and killed: a state folder, and an application that changes.
type machine struct {
	t       *testing.T
	random  *rand.Rand
	program string
	app     string
	speed   int
	state   string
	full    map[int]time.Duration // what a whole run on an empty state takes, by speed
}

// renew takes an empty state folder, and a speed at which it is known how long a run takes.
func (m *machine) renew() {
	m.t.Helper()
	m.speed = 500 << (2 * m.random.IntN(3))
	m.state = filepath.Join(m.t.TempDir(), "state")
	if m.full[m.speed] > 0 {
		return
	}
	m.change()
	took, err := m.completes()
	if err != nil {
		m.t.Fatal(err)
	}
	m.full[m.speed] = took
	m.state = filepath.Join(m.t.TempDir(), "state")
}

// change makes another image due: a run pushes and deploys it.
func (m *machine) change() {
	m.t.Helper()
	content := make([]byte, 1<<m.random.IntN(22))
	for i := range content {
		content[i] = byte(m.random.Uint32())
	}
	if err := writeProgram(m.app, content); err != nil {
		m.t.Fatal(err)
	}
}

// up runs local:up for at most limit, and tells whether it was killed.
func (m *machine) up(limit time.Duration) (took time.Duration, killed bool, out string, err error) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, m.program, "local:up") // kills as kill -9 does
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_DIR="+m.state, fmt.Sprint("SPLITECS_LOCAL_SPEED=", m.speed),
		"SPLITECS_SOURCE="+m.app, "SPLITECS_ENV=local", "TMPDIR="+m.t.TempDir())
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	began := time.Now()
	err = cmd.Run()
	return time.Since(began), ctx.Err() != nil && err != nil, output.String(), err
}

// opens checks the state as another process sees it.
func (m *machine) opens() error {
	server, err := awslocal.Open(awslocal.Options{Dir: m.state, Speed: float64(m.speed)})
	if err != nil {
		return err
	}
	_, err = cloudformation.NewFromConfig(server.Config()).DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{})
	return errors.Join(err, server.Close())
}

// completes checks that a run that nobody kills does the whole job.
func (m *machine) completes() (took time.Duration, err error) {
	took, _, out, err := m.up(2 * time.Minute)
	if err == nil && (!strings.Contains(out, "COMPLETED") || !strings.Contains(out, "healthy")) {
		err = errors.New("exit code 0, but nothing is up")
	}
	if err != nil {
		return took, fmt.Errorf("%w\n%s", err, out)
	}
	return took, nil
}

// local:up is killed at any moment, several times in a row, on an empty and on a used state: the state opens, and
// a run that nobody kills completes the job.
func TestKills(t *testing.T) {
	t.Parallel()
	m := &machine{t: t, app: t.TempDir(), full: map[int]time.Duration{}}
	m.program = compiled(t)
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	m.random = rand.New(rand.NewPCG(seed, 0))
	m.renew()
	killed, missed, completed, failed := 0, 0, 0, 0
	fail := func(format string, args ...any) {
		t.Helper()
		failed++
		t.Errorf("seed %d, after %d kills: "+format, append([]any{seed, killed}, args...)...)
	}
	began := time.Now()
	for killed < *kills && failed < 5 {
		if m.random.IntN(2) == 0 {
			m.renew()
		}
		for range 1 + m.random.IntN(4) {
			if m.random.IntN(2) == 0 {
				m.change()
			}
			limit := time.Duration(m.random.Int64N(int64(m.full[m.speed])))
			if _, dead, out, err := m.up(limit); dead {
				killed++
			} else if missed++; err != nil {
				fail("a run ended by itself after less than %s: %v\n%s", limit, err, out)
			}
			if err := m.opens(); err != nil {
				fail("the state does not open: %v", err)
			}
		}
		if _, err := m.completes(); err != nil {
			fail("the job is not completed: %v", err)
			m.renew()
			continue
		}
		completed++
	}
	fmt.Printf("kills: %d processes killed during local:up, %d ended before, %d runs completed the job, %d failures, %s; seed %d\n",
		killed, missed, completed, failed, time.Since(began).Round(time.Second), seed)
}

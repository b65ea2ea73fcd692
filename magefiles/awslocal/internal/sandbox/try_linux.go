//go:build amd64 || arm64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Try finds the highest rung by running a trial program once, in a folder of dir, as every program will. Its answer holds as long as the machine is the same.
// An error is a *LadderError: the sandbox then is one in which nothing runs, with the same words.
func Try(dir string) (Sandbox, error) {
	lower := ""
	if os.Geteuid() == 0 || capable() {
		err := trial(Root, dir)
		if err == nil {
			return Sandbox{Rung: Root}, nil
		}
		if os.Geteuid() == 0 {
			lower = "root may not do it here (" + err.Error() + ")"
		}
	}
	err := trial(UserNamespace, dir)
	if err == nil {
		if lower != "" {
			return Sandbox{Rung: UserNamespace, Why: lower}, nil
		}
		return Sandbox{
			Rung: UserNamespace,
			Why:  "an ordinary user runs them: every process of a task is that user, so that a program that changes its user fails",
		}, nil
	}
	why, help := explain(err, read)
	if lower != "" {
		why = lower + ", and in a user namespace: " + why
	}
	return Sandbox{Why: why, Help: help}, &LadderError{Rung: UserNamespace, Why: why, Help: help}
}

// capable tells whether this process may mount and be any user, as it may where it was made another user than root for the sake of its files.
func capable() bool {
	const setUID, admin = 7, 21 // https://github.com/torvalds/linux/blob/master/include/uapi/linux/capability.h
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if set, is := strings.CutPrefix(line, "CapEff:"); is {
			bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err == nil && bits>>setUID&1 == 1 && bits>>admin&1 == 1
		}
	}
	return false
}

// patience with the trial, which takes some 30 ms on an idle machine.
const patience = 30 * time.Second

// trial runs the smallest program as another user than root, with a read-only root, and asks for its exit code.
func trial(r Rung, dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(dir, "trial-")
	if err != nil {
		return err
	}
	defer removeAll(folder)
	layer := filepath.Join(folder, "layer")
	if err := errors.Join(os.Mkdir(layer, 0o755), os.WriteFile(filepath.Join(layer, "trial"), smallest(), 0o755)); err != nil {
		return err
	}
	task, err := Sandbox{Rung: r}.Task(ctx, TaskSpec{ID: "trial", Address: netip.AddrFrom4([4]byte{10, 0, 0, 4}), Dir: filepath.Join(folder, "task")})
	if err != nil {
		return err
	}
	defer task.Close()
	c, err := task.Start(ctx, ContainerSpec{
		Name: "trial", Hostname: "trial", Layers: []string{layer}, Argv: []string{"/trial"}, UID: 1000, GID: 1000, ReadOnly: true,
	})
	if err != nil {
		return err
	}
	select {
	case <-c.Done():
	case <-ctx.Done():
		return fmt.Errorf("wait for the trial program: %w", ctx.Err())
	}
	if exit := c.Wait(); exit.Code != smallestCode {
		return fmt.Errorf("run the trial program: exit code %d in place of %d", exit.Code, smallestCode)
	}
	return nil
}

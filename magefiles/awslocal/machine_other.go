//go:build !linux

package awslocal

import (
	"context"
	"errors"
	"net"
	"syscall"
)

var detached = &syscall.SysProcAttr{}

func dialSocket(context.Context, string) (net.Conn, error) { return nil, errors.ErrUnsupported }

func listenSocket(string) (net.Listener, error) { return nil, errors.ErrUnsupported }

func machineProcesses(string) []int { return nil }

func killProcess(int) {}

func version() string { return "unsupported" }

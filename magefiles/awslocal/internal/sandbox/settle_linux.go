//go:build amd64 || arm64

package sandbox

import (
	"errors"
	"fmt"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// Settle is where this executable has to be in a container in which [Settled] arguments are executed.
const Settle = boot.Settle

// Settled are the arguments by which this executable, as root in a container of this machine, becomes the owner of a folder with the capabilities that it has there, and
// is executed again with these arguments, from the 0th on; without any, it only looks whether it could. [Try] finds Root then, and the files that this process makes are the owner's.
func Settled(folder string, argv ...string) []string {
	return append([]string{boot.Settle, boot.SettleRun, boot.Kernel(), folder}, argv...)
}

// Emptying are the arguments by which it removes what is in a folder, whoever owns it.
func Emptying(folder string) []string {
	return []string{boot.Settle, boot.SettleRemove, boot.Kernel(), folder}
}

// Unsettled is why a process with such arguments ended.
func Unsettled(code int) error {
	switch code {
	case 0:
		return nil
	case boot.SettledElsewhere:
		return errors.New("its containers are on another kernel, in a virtual machine or on another machine, or have another network than this process, which is in a container itself")
	case boot.SettledApart:
		return errors.New("you are none of the users of its containers (userns-remap)")
	}
	return fmt.Errorf("its container ended with exit code %d", code)
}

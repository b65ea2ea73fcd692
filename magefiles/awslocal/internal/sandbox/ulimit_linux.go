//go:build amd64 || arm64

package sandbox

import (
	"fmt"
	"syscall"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

// resources are the numbers of limits: https://man7.org/linux/man-pages/man2/getrlimit.2.html.
var resources = map[string]int{
	"cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8, "locks": 10, "sigpending": 11,
	"msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
}

// ulimits are the limits by number. Without root none can be above this process's own: it becomes that, and is told.
func ulimits(all []Ulimit, apart bool) (limits []boot.Ulimit, lacks []string, err error) {
	for _, l := range all {
		resource, known := resources[l.Name]
		if !known {
			return nil, nil, fmt.Errorf("ulimit %q: there is none of this name", l.Name)
		}
		if l.Soft > l.Hard {
			return nil, nil, fmt.Errorf("ulimit %s: the soft limit %d is above the hard one, %d", l.Name, l.Soft, l.Hard)
		}
		var own syscall.Rlimit
		if err := syscall.Getrlimit(resource, &own); err != nil {
			return nil, nil, fmt.Errorf("ulimit %s: %w", l.Name, err)
		}
		if apart && l.Hard > own.Max {
			lacks = append(lacks, fmt.Sprintf("ulimit %s is %d in place of %d: this user may have no more on this machine", l.Name, own.Max, l.Hard))
			l.Hard, l.Soft = own.Max, min(l.Soft, own.Max)
		}
		limits = append(limits, boot.Ulimit{Resource: resource, Soft: l.Soft, Hard: l.Hard})
	}
	return limits, lacks, nil
}

package balancer

import (
	"math/rand/v2"
	"sync/atomic"
)

// group is a target group that was read: all its targets that may get something.
type group struct {
	Group
	usable []*backend
	next   *atomic.Uint64 // of round robin; one for each ARN, so that a new table goes on
}

// choose takes a target by the group's algorithm; nil where there is none.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#modify-routing-algorithm
func (g *group) choose() *backend {
	n := uint64(len(g.usable))
	if n == 0 {
		return nil
	}
	turn := g.next.Add(1) - 1
	switch g.Algorithm {
	case "least_outstanding_requests":
		best := g.usable[turn%n] // of equals, another one each time
		least := best.count()
		for i := uint64(1); i < n; i++ {
			if b := g.usable[(turn+i)%n]; b.count() < least {
				best, least = b, b.count()
			}
		}
		return best
	case "weighted_random": // anomaly mitigation, which would change the weights, is not modelled
		return g.usable[rand.IntN(int(n))]
	}
	return g.usable[turn%n]
}

// usable are a group's targets that requests go to: the healthy ones or, where these are too few, all ("fail open"). Draining ones
// are none of them.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (g Group) usable() []Target {
	var healthy, others []Target
	for _, t := range g.Targets {
		switch t.State {
		case Healthy:
			healthy = append(healthy, t)
		case Initial, Unhealthy:
			others = append(others, t)
		}
	}
	enough := max(g.HealthyCount, 1)
	if percent := g.HealthyPercentage * (len(healthy) + len(others)); percent > 0 {
		enough = max(enough, (percent+99)/100)
	}
	if len(healthy) >= enough {
		return healthy
	}
	return append(healthy, others...)
}

// forward is a forward that was read. A request's group is found by stepping through the weights with a stride that shares no
// factor with their sum: each sum of requests has exactly the shares, and a few have nearly.
type forward struct {
	Forward
	groups        []*group
	weights       []int
	total, stride uint64
	next          atomic.Uint64
}

func (f *forward) weigh() {
	for i, w := range f.Groups {
		if len(f.Groups) == 1 && w.Weight == 0 {
			w.Weight = 1
		}
		f.weights = append(f.weights, w.Weight)
		f.total += uint64(f.weights[i])
	}
	for f.stride = f.total * 618 / 1000; f.stride > 1 && gcd(f.stride, f.total) != 1; {
		f.stride--
	}
	f.stride = max(f.stride, 1)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// choose takes a group by its weight; nil where none has any. A group without targets keeps its share: there is no failover.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
func (f *forward) choose() *group {
	if f.total == 0 {
		return nil
	}
	at := int((f.next.Add(1) - 1) * f.stride % f.total)
	for i, w := range f.weights {
		if at < w {
			return f.groups[i]
		}
		at -= w
	}
	return nil
}

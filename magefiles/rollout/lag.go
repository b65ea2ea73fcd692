package rollout

import "time"

// visible is how long the answers of ECS may lag behind a write, before what they say is taken for the truth all the same.
// ECS is eventually consistent: "the result of an API command you run that affects your Amazon ECS resources might not be
// immediately visible to all subsequent commands". An answer
// that contradicts what was just written is either old, or somebody else has written since; the second is seldom.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
const visible = 30 * time.Second

// leastAnswers are how many answers may lag in any case: where time flies, one answer takes longer than AWS lags behind.
const leastAnswers = 5

// Lagging tells of answers, one a call, whether they may still be older than a write that was made when it was made itself.
func (r *Rollouts) Lagging() func() bool {
	lag := visible
	if r.Speed > 0 && !r.Remote {
		lag = time.Duration(float64(lag) / r.Speed)
	}
	until := r.now().Add(lag)
	left := leastAnswers
	return func() bool {
		left--
		return left >= 0 || r.now().Before(until)
	}
}

// Expected tells of a deployment whether it shows what was written.
type Expected func(Deployment) bool

// Runs expects that a task definition is deployed.
func Runs(definition string) Expected {
	return func(d Deployment) bool { return d.TaskDefinition == definition }
}

// Count expects a number of tasks.
func Count(n int) Expected { return func(d Deployment) bool { return d.Desired == n } }

// Started expects that tasks are wanted at all.
func Started() Expected { return func(d Deployment) bool { return d.Desired > 0 } }

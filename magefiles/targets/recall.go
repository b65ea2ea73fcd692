package targets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// An update of the service stack is ended through ECS: it returns the service to the revision before, whose tasks that still run
// stay, and CloudFormation, which sees the service fail, rolls the stack back to what runs then. CloudFormation's own
// way, to cancel the update, deploys the revision before once more beside itself, and drains the tasks that serve. Where it
// cannot be started any more, that ends in UPDATE_ROLLBACK_FAILED.
// https://github.com/aws/containers-roadmap/issues/117

// giveUp ends a hopeless deployment of a revision; empty is one that was not seen yet. It tells whether there is nothing
// more to end; otherwise it is to be tried again. An update is never cancelled for it: what ECS is not asked to end, its
// circuit breaker ends later.
func (s *session) giveUp(ctx context.Context, w *watch, v rollout.Verdict, revision string) (ended bool) {
	st, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
	if err != nil {
		return false // whoever follows the stack tells of it
	}
	updating := st.Status == types.StackStatusUpdateInProgress
	if updating && revision == "" {
		return false // what fails is of the revision before: the update may be what mends it
	}
	cause := fmt.Sprintf("%s: %s: seen %d times, and waiting will not mend it", v.Signature, v.Why, enough)
	if !updating && stack.Decide(st.Status) == stack.Wait { // a creation, or on its way back already
		s.console.Note("%s; %s", cause, onItsWay(st.Status))
		return true
	}
	if !w.tried {
		s.console.Note("%s; ending the deployment", cause)
	}
	var since time.Time
	var how rollout.Stopping
	if updating {
		since, _, err = s.begun(ctx, st)
	}
	if err == nil {
		how, err = s.rollouts().Stop(ctx, since)
	}
	if err == nil || !w.tried { // the same trouble is told once
		s.console.Note("%s", s.wayOf(how, err, "it goes on until ECS's circuit breaker ends it with a later failure"))
	}
	w.tried = true
	if err == nil && how == rollout.NothingToStop && !updating {
		w.giveUp(errHopeless) // there is no deployment to end: the service does not get up by itself
	}
	return err == nil || isDenied(err)
}

// onItsWay says what ends a hopeless deployment where nothing has to, or can. Pure.
func onItsWay(status types.StackStatus) string {
	if status == types.StackStatusCreateInProgress {
		return "a first deployment has nothing to go back to: ECS's circuit breaker ends it with a later failure"
	}
	return "the stack is " + string(status)
}

// begun is when the operation that is under way on a stack began, and what has become of the service in it; empty where it
// was not touched yet.
func (s *session) begun(ctx context.Context, st stack.Stack) (at time.Time, service types.ResourceStatus, err error) {
	latest, err := s.stacks().Operations(ctx, st.ID, 1)
	if err != nil || len(latest) == 0 {
		return at, "", err
	}
	return latest[0].Began, latest[0].Resources[cfn.ResourceService], nil
}

// wayOf says what ECS was asked for, and what that leaves; otherwise is what happens where it does nothing.
func (s *session) wayOf(how rollout.Stopping, err error, otherwise string) string {
	switch {
	case isDenied(err):
		return "these credentials may not call ecs:StopServiceDeployment, which " + s.command("infra:policy") + " grants: " + otherwise
	case err != nil:
		return fmt.Sprintf("whether ECS ends the deployment is not known (%v); if not, %s", err, otherwise)
	case how == rollout.Stopped:
		return fmt.Sprintf("ECS returns service %s to the revision before, whose tasks that still run stay; the stack follows", s.place.Names.Service)
	case how == rollout.Returning:
		return fmt.Sprintf("ECS is returning service %s to the revision before already; the stack follows", s.place.Names.Service)
	case how == rollout.NoWayBack:
		return "ECS knows no revision to return to: " + otherwise
	}
	return "the deployment has ended meanwhile"
}

// recall is the [stack.Ending] of a rollback. An update that has not come to the service yet, or has done with it, can only be
// cancelled: the former leaves the service as it is.
func (s *session) recall(ctx context.Context, present stack.Stack) (ended bool, err error) {
	r := s.rollouts()
	late := r.Lagging() // what CloudFormation has asked ECS for shows at once, or a little later
	for {
		began, service, err := s.begun(ctx, present)
		if err != nil {
			return false, err
		}
		how, err := r.Stop(ctx, began)
		if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
			return false, nil
		}
		if how == rollout.NothingToStop && service == types.ResourceStatusUpdateInProgress && late() {
			if err := s.pause(ctx, recallEvery); err != nil {
				return false, err
			}
			if present, err = s.stacks().Describe(ctx, present.ID); err != nil || present.Status != types.StackStatusUpdateInProgress {
				return true, err
			}
			continue
		}
		if err != nil && !isDenied(err) {
			return false, err
		}
		switch how {
		case rollout.NothingToStop:
			s.console.Note("%s", idle(service))
		default:
			s.console.Note("%s", s.wayOf(how, err, "CloudFormation deploys the revision before once more, and drains the tasks that run"))
		}
		return how == rollout.Stopped || how == rollout.Returning, nil
	}
}

// recallEvery is the pause between two looks for the service deployment that an update is about to begin.
const recallEvery = 2 * time.Second

// idle says what cancelling does where no service deployment is under way. Pure.
func idle(service types.ResourceStatus) string {
	switch service {
	case "":
		return "the update has not come to the service yet, which stays as it is"
	case types.ResourceStatusUpdateComplete:
		return "the new revision is deployed already: CloudFormation deploys the revision before once more"
	}
	return "no deployment of the service is under way: CloudFormation takes its settings back"
}

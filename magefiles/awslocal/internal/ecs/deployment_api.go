package ecs

import (
	"context"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type createdBetween struct {
	Before wire.Time `json:"before"`
	After  wire.Time `json:"after"`
}

type listServiceDeploymentsInput struct {
	Service   string          `json:"service"`
	Cluster   string          `json:"cluster"`
	Status    []string        `json:"status"`
	CreatedAt *createdBetween `json:"createdAt"`
	pagedInput
}

type listServiceDeploymentsOutput struct {
	ServiceDeployments []serviceDeploymentBrief `json:"serviceDeployments"`
	NextToken          string                   `json:"nextToken,omitempty"`
}

func (s *Service) listServiceDeployments(_ context.Context, in *listServiceDeploymentsInput) (*listServiceDeploymentsOutput, error) {
	v, err := s.service(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	briefs := []serviceDeploymentBrief{}
	for _, h := range v.History {
		if len(in.Status) > 0 && !slices.Contains(in.Status, h.Status) {
			continue
		}
		if c := in.CreatedAt; c != nil && (!c.After.IsZero() && h.CreatedAt.Before(c.After.Time) || !c.Before.IsZero() && h.CreatedAt.After(c.Before.Time)) {
			continue
		}
		briefs = append(briefs, serviceDeploymentBrief{
			ServiceDeploymentARN: h.ServiceDeploymentARN, ServiceARN: h.ServiceARN, ClusterARN: h.ClusterARN, StartedAt: h.StartedAt,
			CreatedAt: h.CreatedAt, FinishedAt: h.FinishedAt, TargetServiceRevisionARN: h.Target, Status: h.Status, StatusReason: h.StatusReason,
		})
	}
	briefs, next, err := page(briefs, in.NextToken, in.MaxResults, 20, 100)
	if err != nil {
		return nil, err
	}
	return &listServiceDeploymentsOutput{briefs, next}, nil
}

// owner is the service that an ARN of one of its service deployments or revisions names.
func (s *Service) owner(arn, kind string) *serviceRecord {
	path, ok := strings.CutPrefix(arn, s.acct.ARN("ecs", kind+"/"))
	if !ok || strings.Count(path, "/") != 2 {
		return nil
	}
	return s.state.Services.Get(path[:strings.LastIndexByte(path, '/')])
}

type describeServiceDeploymentsInput struct {
	ServiceDeploymentARNs []string `json:"serviceDeploymentArns"`
}

type describeServiceDeploymentsOutput struct {
	ServiceDeployments []serviceDeployment `json:"serviceDeployments"`
	Failures           []failure           `json:"failures"`
}

func (s *Service) describeServiceDeployments(_ context.Context, in *describeServiceDeploymentsInput) (*describeServiceDeploymentsOutput, error) {
	if len(in.ServiceDeploymentARNs) == 0 || len(in.ServiceDeploymentARNs) > 20 {
		return nil, invalid("serviceDeploymentArns must have between 1 and 20 elements.")
	}
	out := &describeServiceDeploymentsOutput{ServiceDeployments: []serviceDeployment{}, Failures: []failure{}}
	for _, arn := range in.ServiceDeploymentARNs {
		v := s.owner(arn, "service-deployment")
		if v == nil || v.delivery(arn) == nil {
			out.Failures = append(out.Failures, failure{ARN: arn, Reason: "MISSING"})
			continue
		}
		h := v.delivery(arn)
		d := h.serviceDeployment
		d.SourceServiceRevisions = []serviceRevisionSummary{}
		if h.Source != "" {
			d.SourceServiceRevisions = append(d.SourceServiceRevisions, s.revisionSummary(v, h.Source))
		}
		target := s.revisionSummary(v, h.Target)
		d.TargetServiceRevision = &target
		out.ServiceDeployments = append(out.ServiceDeployments, d)
	}
	return out, nil
}

// revisionSummary counts the tasks of a revision.
func (s *Service) revisionSummary(v *serviceRecord, arn string) serviceRevisionSummary {
	sum := serviceRevisionSummary{ARN: arn}
	tasks := s.tasksOf(v)
	for i, d := range v.Deployments {
		if d.Revision == arn {
			if i == 0 {
				sum.RequestedTaskCount += v.Desired
			} else {
				sum.RequestedTaskCount += meant(tasks, d.ID)
			}
			run, wait := tally(tasks, d.ID)
			sum.RunningTaskCount += run
			sum.PendingTaskCount += wait
		}
	}
	return sum
}

type describeServiceRevisionsInput struct {
	ServiceRevisionARNs []string `json:"serviceRevisionArns"`
}

type describeServiceRevisionsOutput struct {
	ServiceRevisions []serviceRevision `json:"serviceRevisions"`
	Failures         []failure         `json:"failures"`
}

func (s *Service) describeServiceRevisions(_ context.Context, in *describeServiceRevisionsInput) (*describeServiceRevisionsOutput, error) {
	if len(in.ServiceRevisionARNs) == 0 || len(in.ServiceRevisionARNs) > 20 {
		return nil, invalid("serviceRevisionArns must have between 1 and 20 elements.")
	}
	out := &describeServiceRevisionsOutput{ServiceRevisions: []serviceRevision{}, Failures: []failure{}}
	for _, arn := range in.ServiceRevisionARNs {
		v := s.owner(arn, "service-revision")
		if v == nil || v.Revisions[arn] == nil {
			out.Failures = append(out.Failures, failure{ARN: arn, Reason: "MISSING"})
			continue
		}
		out.ServiceRevisions = append(out.ServiceRevisions, v.Revisions[arn].serviceRevision)
	}
	return out, nil
}

type stopServiceDeploymentInput struct {
	ServiceDeploymentARN string `json:"serviceDeploymentArn"`
	StopType             string `json:"stopType"`
}

type stopServiceDeploymentOutput struct {
	ServiceDeploymentARN string `json:"serviceDeploymentArn"`
}

// stopServiceDeployment asks to roll a deployment that is under way back to the last completed one. The rollback
// begins a moment later; a deployment that is on its way back goes on.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
func (s *Service) stopServiceDeployment(_ context.Context, in *stopServiceDeploymentInput) (*stopServiceDeploymentOutput, error) {
	v := s.owner(in.ServiceDeploymentARN, "service-deployment")
	if v == nil || v.delivery(in.ServiceDeploymentARN) == nil {
		return nil, wire.Errorf("ServiceDeploymentNotFoundException", "Service deployment not found.")
	}
	if in.StopType != "" && in.StopType != "ROLLBACK" { // the API has ABORT, which ECS does not take
		return nil, invalid("Invalid stopType %s. Valid values: ROLLBACK.", in.StopType)
	}
	h := v.delivery(in.ServiceDeploymentARN)
	switch {
	case h.Status == "ROLLBACK_REQUESTED" || h.Status == "ROLLBACK_IN_PROGRESS":
		return &stopServiceDeploymentOutput{in.ServiceDeploymentARN}, nil
	case h.Status != inProgress && h.Status != "PENDING":
		return nil, wire.Errorf("ConflictException", "The service deployment cannot be stopped because its status is %s.", h.Status)
	case v.LastGood == "":
		return nil, wire.Errorf("ConflictException", "The service deployment cannot be rolled back because the service has no earlier completed service deployment.")
	}
	p := v.primary()
	p.RolloutState, p.RolloutStateReason, p.UpdatedAt = failed, "ECS deployment "+p.ID+" was stopped.", s.now()
	if h.DeploymentCircuitBreaker.Status == "MONITORING" {
		h.DeploymentCircuitBreaker.Status = "MONITORING_COMPLETE"
	}
	h.Status, h.StatusReason = "ROLLBACK_REQUESTED", "Service deployment rollback was requested."
	h.StoppedAt, h.UpdatedAt = s.now(), s.now()
	s.say(v, "(deployment %s) deployment stopped.", p.ID)
	s.w.After(schedulerPause, "ecs:rollback", in.ServiceDeploymentARN)
	return &stopServiceDeploymentOutput{in.ServiceDeploymentARN}, nil
}

// rollbackDue begins a rollback that was asked for, unless something else has come in between.
func (s *Service) rollbackDue(arn string) {
	v := s.owner(arn, "service-deployment")
	if v == nil || v.Status != "ACTIVE" || v.primary().Delivery != arn || v.delivery(arn) == nil || v.delivery(arn).Status != "ROLLBACK_REQUESTED" {
		return
	}
	s.rollBack(v, "Service deployment rolled back because of a stop request.", "ECS deployment stopped: rolling back to deploymentId ")
}

package preflight

import (
	"context"
	"maps"
	"slices"
)

// running reads the revision that runs, and what a start of it takes. What the deployment takes as well is not asked again: if
// that is missing, the deployment cannot begin.
func (r Reader) running(ctx context.Context, w Wanted) Fact[Running] {
	fact := look("ecs:DescribeServices", func() (Running, error) { return r.Running(ctx) })
	if fact.State != Known {
		return fact
	}
	v := &fact.Value
	if v.Image != "" && r.ImageThere != nil {
		v.ImageThere = look("ecr:DescribeImages", func() (struct{}, error) { return struct{}{}, r.ImageThere(ctx, v.Image) })
	}
	if v.ExecutionRole != "" && v.ExecutionRole != w.ExecutionRole {
		v.ExecutionRoleThere = r.role(ctx, v.ExecutionRole)
	}
	if v.TaskRole != "" && v.TaskRole != w.TaskRole {
		v.TaskRoleThere = r.role(ctx, v.TaskRole)
	}
	if v.LogGroup != "" && v.LogGroup != w.LogGroup {
		v.LogGroupThere = look("logs:DescribeLogGroups", func() (LogGroup, error) { return r.logGroup(ctx, v.LogGroup) })
	}
	others := map[string]string{}
	for variable, reference := range v.Secrets {
		if !slices.Contains(slices.Collect(maps.Values(w.Secrets)), reference) {
			others[variable] = reference
		}
	}
	v.SecretsThere = r.secrets(ctx, others, func(read func()) { read() })()
	return fact
}

package preflight

import (
	"fmt"
	"maps"
	"slices"
)

// restartChecks are of what a release that fails returns to. They only warn: an error would hold up the release that mends
// it.
var restartChecks = []check{
	{Description{
		Name: "running revision",
		Finds: "a running revision that could not be started again, because it is INACTIVE or its image, a role, a secret or its log group is gone: " +
			"a release that fails is not fully taken back (warning)",
		Permissions: []string{"ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecr:DescribeImages", "iam:GetRole", "secretsmanager:DescribeSecret", "ssm:GetParameters", "logs:DescribeLogGroups"},
	}, checkRestart},
}

func checkRestart(f Facts) []Finding {
	if f.Running.State != Known {
		return f.Running.unknown("running revision") // where there is none, there is nothing to return to
	}
	v := f.Running.Value
	var missing []Finding
	if !v.Active {
		missing = append(missing, Finding{Level: Error, What: "task definition", Why: "is INACTIVE"})
	}
	switch v.ImageThere.State {
	case Absent:
		missing = append(missing, Finding{Level: Error, What: "image " + v.Image, Why: "is not in its repository any more"})
	case Unknown:
		missing = append(missing, v.ImageThere.unknown("image "+v.Image)...)
	}
	missing = append(missing, f.checkRole("execution role", v.ExecutionRole, v.ExecutionRoleThere)...)
	missing = append(missing, f.checkRole("task role", v.TaskRole, v.TaskRoleThere)...)
	for _, variable := range slices.Sorted(maps.Keys(v.SecretsThere)) {
		missing = append(missing, checkSecret("secret "+variable, parseReference(v.Secrets[variable]), v.SecretsThere[variable])...)
	}
	if v.LogGroupThere.State == Absent {
		missing = append(missing, Finding{Level: Error, What: "log group " + v.LogGroup, Why: "is not there"})
	}
	missing = append(missing, v.LogGroupThere.unknown("log group "+v.LogGroup)...)
	for i, m := range missing {
		if m.Level == Error {
			missing[i] = v.unstartable(m)
		}
	}
	for _, d := range f.Deleted.Value {
		if !v.Active && d.Revision == v.Name {
			missing[0].Next, missing[0].Unseen = d.Next, true
		}
	}
	return missing
}

// unstartable is the warning that something is missing for another start of the revision.
func (v Running) unstartable(missing Finding) Finding {
	return Finding{
		Level: Warning, What: "running revision " + v.Name,
		Why: fmt.Sprintf("could not be started again: %s: %s. Should this release fail, its tasks that run go on, and none could take the place of one that ends",
			missing.What, missing.Why),
		Next: "put that back first, or be sure of this release, which then is the way out",
	}
}

package rollout

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// Gone tells whether there is no such service, and else how it stands. One that was deleted and whose tasks still stop is waited for: its name is
// not given away before. waiting is told once where that is so; nil does not wait, and takes it for gone.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
func (r *Rollouts) Gone(ctx context.Context, waiting func()) (standing Deployment, gone bool, err error) {
	for told := false; ; {
		out, err := r.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: aws.String(r.Service.Cluster), Services: []string{r.Service.Name},
		})
		if err != nil {
			if _, absent := errors.AsType[*NotFoundError](r.absent(err)); absent {
				return standing, true, nil
			}
			return standing, false, fmt.Errorf("describe service %s: %w", r.Service.Name, err)
		}
		if len(out.Services) == 0 {
			return standing, true, nil
		}
		switch aws.ToString(out.Services[0].Status) {
		case "ACTIVE":
			return standingOf(out.Services[0]), false, nil
		case "DRAINING":
			if waiting == nil {
				return standing, true, nil
			}
		default:
			return standing, true, nil
		}
		if !told {
			waiting()
			told = true
		}
		if err := r.pause(ctx); err != nil {
			return standing, false, err
		}
	}
}

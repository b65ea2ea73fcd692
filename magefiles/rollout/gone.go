package rollout

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// Gone tells whether there is no such service. One that was deleted and whose tasks still stop is waited for: its name is
// not given away before. waiting is told once where that is so; nil does not wait, and takes it for gone.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
func (r *Rollouts) Gone(ctx context.Context, waiting func()) (bool, error) {
	for told := false; ; {
		out, err := r.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: aws.String(r.Service.Cluster), Services: []string{r.Service.Name},
		})
		if err != nil {
			if _, absent := errors.AsType[*NotFoundError](r.absent(err)); absent {
				return true, nil
			}
			return false, fmt.Errorf("describe service %s: %w", r.Service.Name, err)
		}
		if len(out.Services) == 0 {
			return true, nil
		}
		switch aws.ToString(out.Services[0].Status) {
		case "ACTIVE":
			return false, nil
		case "DRAINING":
			if waiting == nil {
				return true, nil
			}
		default:
			return true, nil
		}
		if !told {
			waiting()
			told = true
		}
		if err := r.pause(ctx); err != nil {
			return false, err
		}
	}
}

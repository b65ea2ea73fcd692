package targets

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// clients of AWS's services: each is made when it is first asked for, and once. They may be asked for at the same time.
type clients struct {
	config aws.Config

	cloudformation func() *cloudformation.Client
	ecr            func() *ecr.Client
	ecs            func() *ecs.Client
	elb            func() *elb.Client
	logs           func() *cloudwatchlogs.Client
	scaling        func() *applicationautoscaling.Client
	secrets        func() *secretsmanager.Client
	sts            func() *sts.Client
}

func newClients(config aws.Config) *clients {
	return &clients{
		config:         config,
		cloudformation: lazily(config, cloudformation.NewFromConfig),
		ecr:            lazily(config, ecr.NewFromConfig),
		ecs:            lazily(config, ecs.NewFromConfig),
		elb:            lazily(config, elb.NewFromConfig),
		logs:           lazily(config, cloudwatchlogs.NewFromConfig),
		scaling:        lazily(config, applicationautoscaling.NewFromConfig),
		secrets:        lazily(config, secretsmanager.NewFromConfig),
		sts:            lazily(config, sts.NewFromConfig),
	}
}

// lazily makes a client of a service when it is first asked for.
func lazily[Client, Options any](config aws.Config, make func(aws.Config, ...func(*Options)) *Client) func() *Client {
	return sync.OnceValue(func() *Client { return make(config) })
}

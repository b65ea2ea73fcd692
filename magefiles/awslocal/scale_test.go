package awslocal_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// application is a small stack with something of each service.
const application = `
Resources:
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/app/${AWS::StackName}"}}
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Sub "${AWS::Region}a"}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Sub "${AWS::Region}b"}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Network, InternetGatewayId: !Ref Gateway}}
  Guard: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: all, VpcId: !Ref Network}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${AWS::StackName}-role"
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    DependsOn: Attached
    Properties: {Name: !Ref AWS::StackName, Subnets: [!Ref A, !Ref B], SecurityGroups: [!Ref Guard]}
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Name: !Ref AWS::StackName, Port: 80, Protocol: HTTP, TargetType: ip, VpcId: !Ref Network}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]}
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: !Ref AWS::StackName}}
Outputs:
  Url: {Value: !GetAtt Balancer.DNSName, Export: {Name: !Sub "${AWS::StackName}-url"}}
`

// grown is an embedded AWS in dir with so many stacks, five times as many revisions, fifty times as many images and five thousand
// times as many lines.
func grown(b *testing.B, dir string, stacks int) {
	b.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: dir, Speed: 1_000_000})
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(err)
	defer server.Close()
	cfn, services, registry, logs := cloudformation.NewFromConfig(server.Config()), ecs.NewFromConfig(server.Config()), ecr.NewFromConfig(server.Config()), cloudwatchlogs.NewFromConfig(server.Config())
	for i := range stacks {
		stack := aws.String(fmt.Sprintf("app-%04d", i))
		_, err := cfn.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: stack, TemplateBody: aws.String(application), Capabilities: []cfntypes.Capability{cfntypes.CapabilityCapabilityNamedIam}})
		must(err)
		must(cloudformation.NewStackCreateCompleteWaiter(cfn, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
			o.MinDelay, o.MaxDelay = time.Millisecond, 5*time.Millisecond
		}).
			Wait(ctx, &cloudformation.DescribeStacksInput{StackName: stack}, time.Minute))
	}
	for range 5 * stacks {
		_, err := services.RegisterTaskDefinition(ctx, revision())
		must(err)
	}
	_, err = registry.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("app")})
	must(err)
	for i := range 50 * stacks {
		_, err := registry.PutImage(ctx, artifact(i))
		must(err)
	}
	group := aws.String("/lines")
	_, err = logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group})
	must(err)
	_, err = logs.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: aws.String("one")})
	must(err)
	for range stacks {
		must(write(server, 5000))
	}
}

func write(server *awslocal.Server, lines int) error {
	now, err := server.Time(ctx)
	if err != nil {
		return err
	}
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("/lines"), LogStreamName: aws.String("one")}
	for i := range lines {
		in.LogEvents = append(in.LogEvents, logtypes.InputLogEvent{Timestamp: aws.Int64(now.UnixMilli()), Message: aws.String(fmt.Sprintf(`{"level":"info","msg":"GET /items/%d 200 in 12ms"}`, i))})
	}
	_, err = cloudwatchlogs.NewFromConfig(server.Config()).PutLogEvents(ctx, in)
	return err
}

func revision() *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("app"), RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate}, NetworkMode: ecstypes.NetworkModeAwsvpc,
		Cpu: aws.String("256"), Memory: aws.String("512"), ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("app"), Image: aws.String("public.ecr.aws/nginx/nginx:1")}},
	}
}

// artifact is a manifest without a layer, other ones for other numbers.
func artifact(i int) *ecr.PutImageInput {
	manifest, _ := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []any{}, "annotations": map[string]string{"n": fmt.Sprint(i)},
	})
	return &ecr.PutImageInput{RepositoryName: aws.String("app"), ImageManifest: aws.String(string(manifest)), ImageTag: aws.String(fmt.Sprintf("v%d", i)), ImageManifestMediaType: aws.String("application/vnd.oci.image.index.v1+json")}
}

// BenchmarkCallsOfAGrownState are calls at 2, 20 and 200 stacks, with all that belongs to them: what a call costs is to depend on
// what it touches. The state is made once, and copied for each.
func BenchmarkCallsOfAGrownState(b *testing.B) {
	for _, stacks := range []int{2, 20, 200} {
		b.Run(fmt.Sprintf("stacks=%d", stacks), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "state")
			grown(b, dir, stacks)
			b.Run("size", func(b *testing.B) {
				var size int64
				for b.Loop() {
					info, err := os.Stat(filepath.Join(dir, "state.db"))
					if err != nil {
						b.Fatal(err)
					}
					size = info.Size()
				}
				b.ReportMetric(float64(size)/1e6, "MB")
			})
			b.Run("open", func(b *testing.B) {
				for b.Loop() {
					server, err := awslocal.Open(awslocal.Options{Dir: dir, Speed: 1_000_000})
					if err != nil {
						b.Fatal(err)
					}
					if _, err := cloudformation.NewFromConfig(server.Config()).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String("app-0001")}); err != nil {
						b.Fatal(err)
					}
					server.Close()
				}
			})
			server, err := awslocal.Open(awslocal.Options{Dir: dir, Speed: 1_000_000})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { server.Close() })
			for _, c := range callsOf(server) {
				b.Run(c.name, func(b *testing.B) {
					for i := 0; b.Loop(); i++ {
						if err := c.call(i); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

type oneCall struct {
	name string
	call func(i int) error
}

func callsOf(server *awslocal.Server) []oneCall {
	cfn, services, registry, logs := cloudformation.NewFromConfig(server.Config()), ecs.NewFromConfig(server.Config()), ecr.NewFromConfig(server.Config()), cloudwatchlogs.NewFromConfig(server.Config())
	balancers, roles := elb.NewFromConfig(server.Config()), iam.NewFromConfig(server.Config())
	name, group := aws.String("app-0001"), aws.String("/lines")
	run := fmt.Sprintf("%x", sha256.Sum256([]byte(time.Now().String())))[:8]
	n := 0
	return []oneCall{
		{"DescribeStacks", func(int) error {
			_, err := cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: name})
			return err
		}},
		{"DescribeStackEvents", func(int) error {
			_, err := cfn.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: name})
			return err
		}},
		{"ListStackResources", func(int) error {
			_, err := cfn.ListStackResources(ctx, &cloudformation.ListStackResourcesInput{StackName: name})
			return err
		}},
		{"UpdateTerminationProtection", func(i int) error {
			_, err := cfn.UpdateTerminationProtection(ctx, &cloudformation.UpdateTerminationProtectionInput{StackName: name, EnableTerminationProtection: aws.Bool(i%2 == 0)})
			return err
		}},
		{"DescribeTaskDefinition", func(int) error {
			_, err := services.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("app")})
			return err
		}},
		{"RegisterTaskDefinition", func(int) error {
			_, err := services.RegisterTaskDefinition(ctx, revision())
			return err
		}},
		{"ListTaskDefinitions", func(int) error {
			_, err := services.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("app"), MaxResults: aws.Int32(5), Sort: ecstypes.SortOrderDesc})
			return err
		}},
		{"DescribeClusters", func(int) error {
			_, err := services.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{*name}})
			return err
		}},
		{"DescribeImages", func(int) error {
			_, err := registry.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("app"), ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: aws.String("v7")}}})
			return err
		}},
		{"PutImage", func(int) error {
			n++
			in := artifact(n)
			in.ImageManifest = aws.String(strings.Replace(*in.ImageManifest, `"n":"`, `"n":"`+run, 1))
			in.ImageTag = aws.String(run + *in.ImageTag)
			_, err := registry.PutImage(ctx, in)
			return err
		}},
		{"PutLogEvents", func(int) error { return write(server, 1) }},
		{"GetLogEvents", func(int) error {
			_, err := logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: group, LogStreamName: aws.String("one"), Limit: aws.Int32(100)})
			return err
		}},
		{"DescribeLoadBalancers", func(int) error {
			_, err := balancers.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Names: []string{*name}})
			return err
		}},
		{"DescribeTargetGroups", func(int) error {
			_, err := balancers.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{Names: []string{*name}})
			return err
		}},
		{"GetRole", func(int) error {
			_, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(*name + "-role")})
			return err
		}},
	}
}

package cloudformation_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	autotypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/autoscaling"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudwatch"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ec2"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/elb"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/iam"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/logs"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// region is a rig whose resource types are those of the real services.
type region struct {
	*rig
	ecs     *awsecs.Client
	ecr     *awsecr.Client
	logs    *cloudwatchlogs.Client
	scaling *applicationautoscaling.Client
}

// anyImage is a registry that has every image.
type anyImage struct{}

func (anyImage) Image(string, string, string) (ecs.Image, error) {
	return ecs.Image{Digest: "sha256:" + strings.Repeat("1", 64)}, nil
}

func newRegion(t *testing.T) *region {
	t.Helper()
	w, clock := awstest.World(t)
	images := ecr.New(w, acct, func() string { return "http://127.0.0.1" })
	balancing, logging := elb.New(w, acct), logs.New(w, acct)
	containers := ecs.New(w, acct, anyImage{}, balancing, logging)
	scaling := autoscaling.New(w, acct, containers)
	stacks := cloudformation.New(w, acct, slices.Concat(ec2.New(w, acct).Types(), iam.New(w, acct).Types(), images.Types(), balancing.Types(),
		logging.Types(), containers.Types(), scaling.Types(), cloudwatch.New(w, acct).Types())).Wire()
	url := awstest.Serve(t, w, stacks, containers.Wire(), images.Wire(), balancing.Wire(), logging.Wire(), scaling.Wire())
	config := awstest.Config(url)
	return &region{
		rig: &rig{t: t, clock: clock, world: w, url: url, Client: cfn.NewFromConfig(config)},
		ecs: awsecs.NewFromConfig(config), ecr: awsecr.NewFromConfig(config), logs: cloudwatchlogs.NewFromConfig(config),
		scaling: applicationautoscaling.NewFromConfig(config),
	}
}

// settle lets time go by until no stack is being worked on. Services go on for ever.
func (r *region) settle() {
	r.t.Helper()
	for range 1000 {
		r.pass(15 * time.Second)
		out, err := r.ListStacks(background, nil)
		must(r.t, err)
		if !slices.ContainsFunc(out.StackSummaries, func(s types.StackSummary) bool {
			return strings.HasSuffix(string(s.StackStatus), "_IN_PROGRESS") && s.StackStatus != types.StackStatusReviewInProgress
		}) {
			r.pass(15 * time.Second) // for what is not an operation, such as a detection
			return
		}
	}
	r.t.Fatal("the stacks do not come to rest")
}

// deployed runs a change set to its end and wants it to succeed.
func (r *region) deployed(stack string, kind types.ChangeSetType, body string, more ...func(*cfn.CreateChangeSetInput)) {
	r.t.Helper()
	r.execute(r.changeSet(stack, kind, body, more...))
	r.settle()
	if st := r.stack(stack); !strings.HasSuffix(string(st.StackStatus), string(kind)+"_COMPLETE") {
		r.t.Fatalf("%s is %s\n%s", stack, st.StackStatus, strings.Join(r.events(stack), "\n"))
	}
}

// driftsOf are the resources of a stack that differ from its template.
func (r *region) driftsOf(stack string) []string {
	r.t.Helper()
	if _, err := r.DetectStackDrift(background, &cfn.DetectStackDriftInput{StackName: &stack}); err != nil {
		r.t.Fatal(said(err))
	}
	r.settle()
	var out []string
	p := cfn.NewDescribeStackResourceDriftsPaginator(r.Client, &cfn.DescribeStackResourceDriftsInput{StackName: &stack})
	for p.HasMorePages() {
		page, err := p.NextPage(background)
		if err != nil {
			r.t.Fatal(said(err))
		}
		for _, d := range page.StackResourceDrifts {
			if d.StackResourceDriftStatus == types.StackResourceDriftStatusInSync {
				continue
			}
			out = append(out, *d.LogicalResourceId+" "+string(d.StackResourceDriftStatus))
			for _, one := range d.PropertyDifferences {
				out = append(out, "- "+*one.PropertyPath+" "+string(one.DifferenceType)+" "+*one.ExpectedValue+" > "+*one.ActualValue)
			}
		}
	}
	list, err := r.ListStackResources(background, &cfn.ListStackResourcesInput{StackName: &stack})
	if err != nil {
		r.t.Fatal(said(err))
	}
	for _, s := range list.StackResourceSummaries {
		if s.DriftInformation.StackResourceDriftStatus == types.StackResourceDriftStatusNotChecked {
			out = append(out, *s.LogicalResourceId+" "+*s.ResourceType+" NOT_CHECKED")
		}
	}
	return out
}

// TestDeployedTemplatesAreInSync: defaults of the services, and what they do by themselves, are no drift.
func TestDeployedTemplatesAreInSync(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(golden, "*.infra.yaml"))
	for _, file := range spread.List(t, 4, files) {
		env := strings.TrimSuffix(filepath.Base(file), ".infra.yaml")
		if env == "test" || env == "qa" {
			continue // they have the shape of dev, and of prod
		}
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			r := newRegion(t)
			infra, service := readGolden(t, env+".infra.yaml"), readGolden(t, env+".service.yaml")
			r.deployed("infra", "CREATE", infra, tags("team", "x"))
			r.deployed("service", "CREATE", service, fillService(r.rig, "infra", service, "a"))
			for _, stack := range []string{"infra", "service"} {
				if got := r.driftsOf(stack); len(got) > 0 {
					t.Errorf("%s:\n%s", stack, strings.Join(got, "\n"))
				}
			}
		})
	}
}

// TestDriftOfServices: what the services' own operations change is found.
func TestDriftOfServices(t *testing.T) {
	r := newRegion(t)
	infra, service := readGolden(t, "dev.infra.yaml"), readGolden(t, "dev.service.yaml")
	r.deployed("infra", "CREATE", infra)
	r.deployed("service", "CREATE", service, fillService(r.rig, "infra", service, "a"))
	physical := func(stack, typeName string) string {
		list, err := r.ListStackResources(background, &cfn.ListStackResourcesInput{StackName: &stack})
		must(t, err)
		for _, s := range list.StackResourceSummaries {
			if *s.ResourceType == typeName {
				return *s.PhysicalResourceId
			}
		}
		t.Fatalf("%s has no %s", stack, typeName)
		return ""
	}
	group, repository, cluster := physical("infra", "AWS::Logs::LogGroup"), physical("infra", "AWS::ECR::Repository"), physical("infra", "AWS::ECS::Cluster")
	_, err := r.logs.PutRetentionPolicy(background, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &group, RetentionInDays: aws.Int32(365)})
	must(t, err)
	_, err = r.ecr.DeleteLifecyclePolicy(background, &awsecr.DeleteLifecyclePolicyInput{RepositoryName: &repository})
	must(t, err)
	_, err = r.ecs.UpdateClusterSettings(background, &awsecs.UpdateClusterSettingsInput{Cluster: &cluster, Settings: []ecstypes.ClusterSetting{
		{Name: ecstypes.ClusterSettingNameContainerInsights, Value: aws.String("enhanced")}}})
	must(t, err)
	got := r.driftsOf("infra")
	for i, line := range got {
		if strings.HasPrefix(line, "- /LifecyclePolicy REMOVE ") {
			got[i] = "- /LifecyclePolicy REMOVE …"
		}
	}
	want := []string{
		"Cluster MODIFIED", "- /ClusterSettings/0/Value NOT_EQUAL disabled > enhanced", "LogGroup MODIFIED", "- /RetentionInDays NOT_EQUAL 7 > 365",
		"Repository MODIFIED", "- /LifecyclePolicy REMOVE …",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("infra (-want +got):\n%s", diff)
	}

	arn := physical("service", "AWS::ECS::Service")
	_, err = r.ecs.UpdateService(background, &awsecs.UpdateServiceInput{Cluster: &cluster, Service: &arn, EnableExecuteCommand: aws.Bool(true), DesiredCount: aws.Int32(2),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{MaximumPercent: aws.Int32(150), MinimumHealthyPercent: aws.Int32(50),
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: true, Rollback: true}}})
	must(t, err)
	_, err = r.ecs.DeregisterTaskDefinition(background, &awsecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(physical("service", "AWS::ECS::TaskDefinition"))})
	must(t, err)
	target := strings.Split(physical("service", "AWS::ApplicationAutoScaling::ScalableTarget"), "|")
	_, err = r.scaling.RegisterScalableTarget(background, &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: autotypes.ServiceNamespaceEcs, ResourceId: &target[0], ScalableDimension: autotypes.ScalableDimension(target[1]), MaxCapacity: aws.Int32(9)})
	must(t, err)
	drifts := strings.Join(r.driftsOf("service"), "\n")
	for _, want := range []string{
		"ScalableTarget MODIFIED\n- /MaxCapacity NOT_EQUAL 2 > 9", "Service MODIFIED\n- /DeploymentConfiguration/", "/MaximumPercent NOT_EQUAL 200 > 150",
		"- /EnableExecuteCommand NOT_EQUAL false > true", "TaskDefinition DELETED",
	} {
		if !strings.Contains(drifts, want) {
			t.Errorf("%s\n\nlacks %s", drifts, want)
		}
	}
	if strings.Contains(drifts, "DesiredCount") {
		t.Error("a count that the template does not set is no drift")
	}
}

const emptyIndex = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`

// TestRepositoryWithImages: it cannot be deleted, and is retained when the deletion is tried again.
func TestRepositoryWithImages(t *testing.T) {
	r := newRegion(t)
	body := "Resources:\n  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: app}}\n  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: g}}\n"
	r.deployed("app", "CREATE", body)
	_, err := r.ecr.PutImage(background, &awsecr.PutImageInput{RepositoryName: aws.String("app"), ImageManifest: aws.String(emptyIndex), ImageTag: aws.String("1")})
	must(t, err)
	id := *r.stack("app").StackId
	must(t, r.remove())
	r.settle()
	st := r.stack(id)
	if st.StackStatus != "DELETE_FAILED" || *st.StackStatusReason != "The following resource(s) failed to delete: [Repository]. " {
		t.Fatalf("stack is %s: %s", st.StackStatus, aws.ToString(st.StackStatusReason))
	}
	events := r.events(id)
	if i := slices.IndexFunc(events, func(e string) bool { return strings.HasPrefix(e, "Repository DELETE_FAILED") }); i < 0 || !strings.HasPrefix(events[i], "Repository DELETE_FAILED Resource handler returned message: \"The repository with name 'app' in registry with id '000000000000' cannot be deleted because it still contains images") {
		t.Errorf("events:\n%s", strings.Join(events, "\n"))
	}
	must(t, r.remove(func(in *cfn.DeleteStackInput) { in.RetainResources = []string{"Repository"} }))
	r.settle()
	if st := r.stack(id); st.StackStatus != "DELETE_COMPLETE" {
		t.Errorf("stack is %s", st.StackStatus)
	}
	_, err = r.ecr.DescribeRepositories(background, &awsecr.DescribeRepositoriesInput{RepositoryNames: []string{"app"}})
	must(t, err)

	again := strings.ReplaceAll(body, "Properties: {", "DeletionPolicy: Retain, Properties: {") // it comes back as it is
	r.execute(r.changeSet("app", "CREATE", again, existing))
	r.settle()
	if st := r.stack("app"); st.StackStatus != "CREATE_COMPLETE" {
		t.Fatalf("stack is %s\n%s", st.StackStatus, strings.Join(r.events("app"), "\n"))
	}
	if got := r.driftsOf("app"); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

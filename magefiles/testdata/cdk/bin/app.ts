// The two stacks as a CDK application, to measure `cdk deploy` beside `mage infra:deploy` (docs/performance.md).
import * as cdk from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';

class Infra extends cdk.Stack {
  readonly cluster: ecs.Cluster;
  readonly taskGroup: ec2.SecurityGroup;
  readonly targets: elb.ApplicationTargetGroup;
  readonly logGroup: logs.LogGroup;
  readonly executionRole: iam.Role;
  readonly taskRole: iam.Role;

  constructor(scope: cdk.App, id: string) {
    super(scope, id, { synthesizer: new cdk.BootstraplessSynthesizer() });
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
      availabilityZones: ['ap-southeast-1a', 'ap-southeast-1b'],
      natGateways: 1,
      restrictDefaultSecurityGroup: false,
    });
    const albGroup = new ec2.SecurityGroup(this, 'AlbGroup', { vpc });
    albGroup.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80));
    this.taskGroup = new ec2.SecurityGroup(this, 'TaskGroup', { vpc });
    this.taskGroup.addIngressRule(albGroup, ec2.Port.tcp(3000));
    const alb = new elb.ApplicationLoadBalancer(this, 'Alb', { vpc, internetFacing: true, securityGroup: albGroup });
    this.targets = new elb.ApplicationTargetGroup(this, 'Targets', {
      vpc,
      port: 3000,
      protocol: elb.ApplicationProtocol.HTTP,
      targetType: elb.TargetType.IP,
      deregistrationDelay: cdk.Duration.seconds(30),
      healthCheck: { path: '/health', healthyHttpCodes: '200' },
    });
    alb.addListener('Http', { port: 80, open: false, defaultTargetGroups: [this.targets] });
    this.cluster = new ecs.Cluster(this, 'Cluster', { vpc, clusterName: 'bellyfed-cdk' });
    new ecr.Repository(this, 'Repository', {
      repositoryName: 'bellyfed-cdk',
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
    });
    this.logGroup = new logs.LogGroup(this, 'LogGroup', {
      logGroupName: '/aws/ecs/bellyfed-cdk',
      retention: logs.RetentionDays.ONE_WEEK,
    });
    const assumedBy = new iam.ServicePrincipal('ecs-tasks.amazonaws.com');
    const token = new iam.PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] });
    this.executionRole = new iam.Role(this, 'ExecutionRole', {
      assumedBy,
      inlinePolicies: { start: new iam.PolicyDocument({ statements: [token] }) },
    });
    this.taskRole = new iam.Role(this, 'TaskRole', { assumedBy });
    new cdk.CfnOutput(this, 'ClusterName', { value: this.cluster.clusterName });
  }
}

class Service extends cdk.Stack {
  constructor(scope: cdk.App, id: string, infra: Infra) {
    super(scope, id, { synthesizer: new cdk.BootstraplessSynthesizer() });
    const taskDefinition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: 1024,
      executionRole: infra.executionRole.withoutPolicyUpdates(),
      taskRole: infra.taskRole,
    });
    taskDefinition.addContainer('container', {
      image: ecs.ContainerImage.fromRegistry('000000000000.dkr.ecr.ap-southeast-1.localhost/bellyfed-cdk:one'),
      portMappings: [{ containerPort: 3000 }],
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'web', logGroup: infra.logGroup }),
    });
    const service = new ecs.FargateService(this, 'Service', {
      cluster: infra.cluster,
      taskDefinition,
      securityGroups: [infra.taskGroup],
      circuitBreaker: { rollback: true },
    });
    service.attachToApplicationTargetGroup(infra.targets);
    service.autoScaleTaskCount({ minCapacity: 1, maxCapacity: 2 }).scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70 });
  }
}

const app = new cdk.App();
new Service(app, 'CdkService', new Infra(app, 'CdkInfra'));

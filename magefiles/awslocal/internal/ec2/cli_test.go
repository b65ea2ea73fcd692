package ec2_test

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	b := newBench(t)
	vpc := b.Must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	subnet := b.Must("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "ap-southeast-1b", "MapPublicIpOnLaunch": true})
	igw := b.Must("InternetGateway", p{})
	b.Must("VPCGatewayAttachment", p{"VpcId": vpc, "InternetGatewayId": igw})
	table := b.Must("RouteTable", p{"VpcId": vpc})
	b.Must("Route", p{"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw})
	b.Must("SubnetRouteTableAssociation", p{"RouteTableId": table, "SubnetId": subnet})
	gateway := b.Must("VPCEndpoint", p{"VpcId": vpc, "ServiceName": "com.amazonaws.ap-southeast-1.s3", "RouteTableIds": []any{table}})
	balancer := b.Must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "balancer", "GroupName": "balancer"})
	tasks := b.Must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "tasks", "SecurityGroupIngress": []any{
		p{"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "SourceSecurityGroupId": balancer},
	}})
	b.Must("SecurityGroupIngress", p{"GroupId": tasks, "IpProtocol": "6", "FromPort": 3000, "ToPort": 3000, "CidrIp": "10.0.0.0/8"})
	logs := b.Must("VPCEndpoint", p{
		"VpcId": vpc, "ServiceName": "com.amazonaws.ap-southeast-1.logs", "VpcEndpointType": "Interface", "SubnetIds": []any{subnet}, "SecurityGroupIds": []any{tasks},
	})
	record := awstest.NewRecord(b.service.Wire())
	cli := awstest.NewCLI(t, awstest.Serve(t, b.World, record.Wire()))
	query := func(want, q string, args ...string) {
		t.Helper()
		cli.Query(want, q, append([]string{"ec2"}, args...)...)
	}
	const invalid = "InvalidParameterValue"

	query(subnet+"\tap-southeast-1b\t251\tTrue", "Subnets[].[SubnetId,AvailabilityZone,AvailableIpAddressCount,MapPublicIpOnLaunch]",
		"describe-subnets", "--filters", "Name=vpc-id,Values=none,"+vpc, "Name=state,Values=available")
	query(subnet, "Subnets[].SubnetId", "describe-subnets", "--subnet-ids", subnet)
	query("", "Subnets[].SubnetId", "describe-subnets", "--filters", "Name=subnet-id,Values=subnet-0123456789abcdef0")
	cli.Fail("InvalidSubnetID.NotFound", "ec2", "describe-subnets", "--subnet-ids", "subnet-0123456789abcdef0")
	cli.Fail(invalid, "ec2", "describe-subnets", "--filters", "Name=colour,Values=red")

	query(vpc+"\t10.0.0.0/16", "Vpcs[].[VpcId,CidrBlock]", "describe-vpcs", "--filters", "Name=vpc-id,Values=none,"+vpc, "Name=cidr,Values=10.0.0.0/16")
	cli.Fail("InvalidVpcID.NotFound", "ec2", "describe-vpcs", "--vpc-ids", "vpc-0123456789abcdef0")
	cli.Fail(invalid, "ec2", "describe-vpcs", "--filters", "Name=colour,Values=red")

	query("local\t"+igw, "RouteTables[].Routes[].GatewayId", "describe-route-tables", "--filters", "Name=association.subnet-id,Values="+subnet)
	query("True", "RouteTables[].Associations[].Main", "describe-route-tables", "--filters", "Name=vpc-id,Values="+vpc, "Name=association.main,Values=true")
	cli.Fail("InvalidRouteTableID.NotFound", "ec2", "describe-route-tables", "--route-table-ids", "rtb-0123456789abcdef0")

	query("tcp\t3000\t3000\t"+balancer+"\t10.0.0.0/8", "SecurityGroups[].IpPermissions[].[IpProtocol,FromPort,ToPort,UserIdGroupPairs[0].GroupId,IpRanges[0].CidrIp]",
		"describe-security-groups", "--group-ids", tasks)
	query("-1\t0.0.0.0/0", "SecurityGroups[].IpPermissionsEgress[].[IpProtocol,IpRanges[0].CidrIp]",
		"describe-security-groups", "--filters", "Name=group-id,Values="+tasks)
	query(balancer, "SecurityGroups[].GroupId", "describe-security-groups", "--group-names", "balancer")
	cli.Fail("InvalidGroup.NotFound", "ec2", "describe-security-groups", "--group-ids", "sg-0123456789abcdef0")

	query("Gateway\tFalse\t"+table+"\nInterface\tTrue\tNone",
		"sort_by(VpcEndpoints,&VpcEndpointType)[].[VpcEndpointType,PrivateDnsEnabled,RouteTableIds[0]]", "describe-vpc-endpoints", "--filters", "Name=vpc-id,Values="+vpc)
	query(logs, "VpcEndpoints[].VpcEndpointId", "describe-vpc-endpoints", "--filters", "Name=service-name,Values=com.amazonaws.ap-southeast-1.logs")
	query(gateway, "VpcEndpoints[].VpcEndpointId", "describe-vpc-endpoints", "--vpc-endpoint-ids", gateway)
	cli.Fail("InvalidVpcEndpointId.NotFound", "ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", "vpce-0123456789abcdef0")
	record.Complete(t, nil)
}

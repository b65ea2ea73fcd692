package ec2_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ec2"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

type p = map[string]any

type bench struct {
	*awstest.Bench
	service *ec2.Service
}

func newBench(t *testing.T) bench {
	t.Helper()
	w, _ := awstest.World(t)
	service := ec2.New(w, awstest.Account)
	return bench{awstest.NewBench(t, w, "AWS::EC2::", service.Types()), service}
}

var idForm = regexp.MustCompile(`^(vpc|subnet|igw|rtb|rtbassoc|nat|vpce|sg|sgr)-0[0-9a-f]{16}$`)

func TestNetwork(t *testing.T) {
	b := newBench(t)
	vpc := b.Must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	public := b.Must("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "ap-southeast-1a"})
	igw := b.Must("InternetGateway", p{})
	attached := b.Must("VPCGatewayAttachment", p{"VpcId": vpc, "InternetGatewayId": igw})
	ip := b.Must("EIP", p{"Domain": "vpc"})
	allocation := b.Get("EIP", ip, "AllocationId")
	nat := b.Must("NatGateway", p{"SubnetId": public, "AllocationId": allocation})
	table := b.Must("RouteTable", p{"VpcId": vpc})
	route := b.Must("Route", p{"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw})
	association := b.Must("SubnetRouteTableAssociation", p{"RouteTableId": table, "SubnetId": public})
	endpoint := b.Must("VPCEndpoint", p{"VpcId": vpc, "ServiceName": "com.amazonaws.ap-southeast-1.s3", "RouteTableIds": []any{table}})
	group := b.Must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "d", "GroupName": "g"})
	for _, id := range []string{vpc, public, igw, nat, table, association, endpoint, group} {
		if !idForm.MatchString(id) {
			t.Errorf("id %s", id)
		}
	}
	if route != table+"|0.0.0.0/0" || attached != "IGW|"+vpc || !regexp.MustCompile(`^eipalloc-0[0-9a-f]{16}$`).MatchString(allocation.(string)) {
		t.Errorf("refs %s %s %s", route, attached, allocation)
	}
	if b.Get("VPC", vpc, "CidrBlock") != "10.0.0.0/16" || b.Get("SecurityGroup", group, "GroupId") != group || b.Get("Subnet", public, "AvailabilityZone") != "ap-southeast-1a" || b.Get("Subnet", public, "AvailabilityZoneId") != "apse1-az1" {
		t.Error("attributes")
	}

	b.Refuses("Subnet", p{"VpcId": vpc, "CidrBlock": "10.1.0.0/24"}, "InvalidRequest", "The CIDR '10.1.0.0/24' is invalid.")
	b.Refuses("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.128/25"}, "InvalidRequest", "The CIDR '10.0.0.128/25' conflicts with another subnet")
	b.Refuses("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-east-1a"}, "InvalidRequest", "Value (us-east-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ap-southeast-1a, ap-southeast-1b, ap-southeast-1c.")
	b.Refuses("VPC", p{"CidrBlock": "10.0.0.0/8"}, "InvalidRequest", "The CIDR '10.0.0.0/8' is invalid.")
	b.Refuses("Route", p{"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw}, "AlreadyExists", "The route identified by 0.0.0.0/0 already exists.")
	b.Refuses("NatGateway", p{"SubnetId": public, "AllocationId": allocation}, "InvalidRequest", "Elastic IP address ["+allocation.(string)+"] is already associated")
	b.Refuses("VPCGatewayAttachment", p{"VpcId": vpc, "InternetGatewayId": b.Must("InternetGateway", p{})}, "AlreadyExists", "Network "+vpc+" already has an internet gateway attached")
	b.Refuses("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "d", "GroupName": "g"}, "AlreadyExists", "The security group 'g' already exists for VPC '"+vpc+"'")
	b.Refuses("VPCEndpoint", p{"VpcId": vpc, "ServiceName": "com.amazonaws.ap-southeast-1.nothing"}, "InvalidRequest", "The Vpc Endpoint Service 'com.amazonaws.ap-southeast-1.nothing' does not exist")
	b.Refuses("Subnet", p{"VpcId": "network", "CidrBlock": "10.0.9.0/24"}, "NotFound", "The vpc ID 'network' does not exist")

	b.Keeps("VPC", vpc, "InvalidRequest", "The vpc '"+vpc+"' has dependencies and cannot be deleted.")
	for _, one := range [][2]string{
		{"SecurityGroup", group}, {"VPCEndpoint", endpoint}, {"SubnetRouteTableAssociation", association}, {"Route", route}, {"RouteTable", table},
		{"NatGateway", nat}, {"EIP", ip}, {"VPCGatewayAttachment", attached}, {"InternetGateway", igw}, {"Subnet", public}, {"VPC", vpc}, {"VPC", vpc},
	} {
		if err := b.Remove(one[0], one[1]); err != nil {
			t.Errorf("remove %s: %v", one[0], err)
		}
	}
	b.Refuses("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}, "NotFound", "The vpc ID '"+vpc+"' does not exist")
}

func TestNATNeedsAGatewayInTheNetwork(t *testing.T) {
	b := newBench(t)
	vpc := b.Must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	subnet := b.Must("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24"})
	ip := b.Must("EIP", p{})
	b.Refuses("NatGateway", p{"SubnetId": subnet, "AllocationId": b.Get("EIP", ip, "AllocationId")}, "NotStabilized", "Network "+vpc+" has no Internet gateway attached")
}

func TestWhatIsBroughtFromOutside(t *testing.T) {
	b := newBench(t)
	b.Must("SecurityGroup", p{"VpcId": "vpc-0123456789abcdef0", "GroupDescription": "d"})
	b.Must("Subnet", p{"VpcId": "vpc-12345678", "CidrBlock": "192.168.0.0/24"})
}

func TestRules(t *testing.T) {
	b := newBench(t)
	vpc := b.Must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	balancer := b.Must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "balancer"})
	tasks := b.Must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "tasks", "SecurityGroupIngress": []any{
		p{"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "SourceSecurityGroupId": balancer},
	}})
	rule := p{"GroupId": balancer, "IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "DestinationSecurityGroupId": tasks}
	egress := b.Must("SecurityGroupEgress", rule)
	b.Refuses("SecurityGroupEgress", rule, "AlreadyExists", `the specified rule "peer: `+tasks+`, TCP, from port: 3000, to port: 3000, ALLOW" already exists`)
	b.Keeps("SecurityGroup", tasks, "InvalidRequest", "resource "+tasks+" has a dependent object")
	b.Keeps("SecurityGroup", balancer, "InvalidRequest", "resource "+balancer+" has a dependent object")
	if err := b.Remove("SecurityGroupEgress", egress); err != nil {
		t.Error(err)
	}
	if err := b.Remove("SecurityGroup", tasks); err != nil {
		t.Error(err)
	}
	b.Refuses("SecurityGroupIngress", p{"GroupId": balancer, "IpProtocol": "tcp", "CidrIp": "0.0.0.0/0"}, "InvalidRequest", "Invalid value for portRange. Must specify both from and to ports with TCP.")
	b.Refuses("SecurityGroupIngress", p{"GroupId": balancer, "IpProtocol": "-1", "CidrIp": "anywhere"}, "InvalidRequest", "CIDR block anywhere is malformed")
}

func TestSchemas(t *testing.T) {
	b := newBench(t)
	fixed := map[string][]string{
		"VPC": {"CidrBlock", "Ipv4IpamPoolId", "Ipv4NetmaskLength"}, "RouteTable": {"VpcId"}, "SubnetRouteTableAssociation": {"RouteTableId", "SubnetId"},
		"SecurityGroup": {"GroupDescription", "GroupName", "VpcId"}, "VPCEndpoint": {"ServiceName", "VpcEndpointType", "VpcId"}, "InternetGateway": nil,
		"NatGateway": {"AllocationId", "ConnectivityType", "PrivateIpAddress", "SubnetId"},
	}
	for name, want := range fixed {
		var got []string
		for property, s := range b.Types[name].Properties {
			if s.Update == resource.Replace {
				got = append(got, property)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s is replaced for %v, want %v", name, got, want)
		}
	}
}

package ec2_test

import (
	"errors"
	"regexp"
	"slices"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ec2"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// bench makes resources by hand, as CloudFormation does.
type bench struct {
	t       *testing.T
	world   *sim.World
	service *ec2.Service
	types   map[string]resource.Type
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w, _ := awstest.World(t)
	b := &bench{t: t, world: w, service: ec2.New(w, awstest.Account), types: map[string]resource.Type{}}
	for _, typ := range b.service.Types() {
		b.types[typ.Name] = typ
	}
	return b
}

type p = map[string]any

// make is the physical id of a new resource, or why there is none.
func (b *bench) make(name string, properties p) (id string, err error) {
	b.t.Helper()
	typ := b.types["AWS::EC2::"+name]
	checked, problems := typ.Properties.Check(properties, nil)
	if len(problems) > 0 {
		b.t.Fatalf("%s: %v", name, problems)
	}
	awstest.Do(b.t, b.world, func() {
		id, err = typ.Create(resource.Request{Stack: "s", LogicalID: "l", Properties: checked})
	})
	return id, err
}

func (b *bench) must(name string, properties p) string {
	b.t.Helper()
	id, err := b.make(name, properties)
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	return id
}

func (b *bench) remove(name, id string) (err error) {
	awstest.Do(b.t, b.world, func() {
		err = b.types["AWS::EC2::"+name].Delete(resource.Request{PhysicalID: id})
	})
	return err
}

func (b *bench) get(name, id, attribute string) any {
	b.t.Helper()
	v, err := b.types["AWS::EC2::"+name].Attribute(id, attribute)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func wantFailure(t *testing.T, err error, code, message string) {
	t.Helper()
	var e *resource.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message {
		t.Errorf("got  %#v\nwant %s %s", err, code, message)
	}
}

var idForm = regexp.MustCompile(`^(vpc|subnet|igw|rtb|rtbassoc|nat|vpce|sg|sgr)-0[0-9a-f]{16}$`)

func TestNetwork(t *testing.T) {
	b := newBench(t)
	vpc := b.must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	public := b.must("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "ap-southeast-1a"})
	igw := b.must("InternetGateway", p{})
	attached := b.must("VPCGatewayAttachment", p{"VpcId": vpc, "InternetGatewayId": igw})
	ip := b.must("EIP", p{"Domain": "vpc"})
	allocation := b.get("EIP", ip, "AllocationId")
	nat := b.must("NatGateway", p{"SubnetId": public, "AllocationId": allocation})
	table := b.must("RouteTable", p{"VpcId": vpc})
	route := b.must("Route", p{"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw})
	association := b.must("SubnetRouteTableAssociation", p{"RouteTableId": table, "SubnetId": public})
	endpoint := b.must("VPCEndpoint", p{"VpcId": vpc, "ServiceName": "com.amazonaws.ap-southeast-1.s3", "RouteTableIds": []any{table}})
	group := b.must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "d", "GroupName": "g"})
	for _, id := range []string{vpc, public, igw, nat, table, association, endpoint, group} {
		if !idForm.MatchString(id) {
			t.Errorf("id %s", id)
		}
	}
	if route != table+"|0.0.0.0/0" || attached != "IGW|"+vpc || !regexp.MustCompile(`^eipalloc-0[0-9a-f]{16}$`).MatchString(allocation.(string)) {
		t.Errorf("refs %s %s %s", route, attached, allocation)
	}
	if b.get("VPC", vpc, "CidrBlock") != "10.0.0.0/16" || b.get("SecurityGroup", group, "GroupId") != group || b.get("Subnet", public, "AvailabilityZone") != "ap-southeast-1a" || b.get("Subnet", public, "AvailabilityZoneId") != "apse1-az1" {
		t.Error("attributes")
	}

	_, err := b.make("Subnet", p{"VpcId": vpc, "CidrBlock": "10.1.0.0/24"})
	wantFailure(t, err, "InvalidRequest", "The CIDR '10.1.0.0/24' is invalid.")
	_, err = b.make("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.128/25"})
	wantFailure(t, err, "InvalidRequest", "The CIDR '10.0.0.128/25' conflicts with another subnet")
	_, err = b.make("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-east-1a"})
	wantFailure(t, err, "InvalidRequest", "Value (us-east-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ap-southeast-1a, ap-southeast-1b, ap-southeast-1c.")
	_, err = b.make("VPC", p{"CidrBlock": "10.0.0.0/8"})
	wantFailure(t, err, "InvalidRequest", "The CIDR '10.0.0.0/8' is invalid.")
	_, err = b.make("Route", p{"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw})
	wantFailure(t, err, "AlreadyExists", "The route identified by 0.0.0.0/0 already exists.")
	_, err = b.make("NatGateway", p{"SubnetId": public, "AllocationId": allocation})
	wantFailure(t, err, "InvalidRequest", "Elastic IP address ["+allocation.(string)+"] is already associated")
	_, err = b.make("VPCGatewayAttachment", p{"VpcId": vpc, "InternetGatewayId": b.must("InternetGateway", p{})})
	wantFailure(t, err, "AlreadyExists", "Network "+vpc+" already has an internet gateway attached")
	_, err = b.make("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "d", "GroupName": "g"})
	wantFailure(t, err, "AlreadyExists", "The security group 'g' already exists for VPC '"+vpc+"'")
	_, err = b.make("VPCEndpoint", p{"VpcId": vpc, "ServiceName": "com.amazonaws.ap-southeast-1.nothing"})
	wantFailure(t, err, "InvalidRequest", "The Vpc Endpoint Service 'com.amazonaws.ap-southeast-1.nothing' does not exist")
	_, err = b.make("Subnet", p{"VpcId": "network", "CidrBlock": "10.0.9.0/24"})
	wantFailure(t, err, "NotFound", "The vpc ID 'network' does not exist")

	wantFailure(t, b.remove("VPC", vpc), "InvalidRequest", "The vpc '"+vpc+"' has dependencies and cannot be deleted.")
	for _, one := range [][2]string{
		{"SecurityGroup", group}, {"VPCEndpoint", endpoint}, {"SubnetRouteTableAssociation", association}, {"Route", route}, {"RouteTable", table},
		{"NatGateway", nat}, {"EIP", ip}, {"VPCGatewayAttachment", attached}, {"InternetGateway", igw}, {"Subnet", public}, {"VPC", vpc}, {"VPC", vpc},
	} {
		if err := b.remove(one[0], one[1]); err != nil {
			t.Errorf("remove %s: %v", one[0], err)
		}
	}
	_, err = b.make("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24"})
	wantFailure(t, err, "NotFound", "The vpc ID '"+vpc+"' does not exist")
}

func TestNATNeedsAGatewayInTheNetwork(t *testing.T) {
	b := newBench(t)
	vpc := b.must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	subnet := b.must("Subnet", p{"VpcId": vpc, "CidrBlock": "10.0.0.0/24"})
	ip := b.must("EIP", p{})
	_, err := b.make("NatGateway", p{"SubnetId": subnet, "AllocationId": b.get("EIP", ip, "AllocationId")})
	wantFailure(t, err, "NotStabilized", "Network "+vpc+" has no Internet gateway attached")
}

func TestWhatIsBroughtFromOutside(t *testing.T) {
	b := newBench(t)
	b.must("SecurityGroup", p{"VpcId": "vpc-0123456789abcdef0", "GroupDescription": "d"})
	b.must("Subnet", p{"VpcId": "vpc-12345678", "CidrBlock": "192.168.0.0/24"})
}

func TestRules(t *testing.T) {
	b := newBench(t)
	vpc := b.must("VPC", p{"CidrBlock": "10.0.0.0/16"})
	balancer := b.must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "balancer"})
	tasks := b.must("SecurityGroup", p{"VpcId": vpc, "GroupDescription": "tasks", "SecurityGroupIngress": []any{
		p{"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "SourceSecurityGroupId": balancer},
	}})
	rule := p{"GroupId": balancer, "IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "DestinationSecurityGroupId": tasks}
	egress := b.must("SecurityGroupEgress", rule)
	_, err := b.make("SecurityGroupEgress", rule)
	wantFailure(t, err, "AlreadyExists", `the specified rule "peer: `+tasks+`, TCP, from port: 3000, to port: 3000, ALLOW" already exists`)
	wantFailure(t, b.remove("SecurityGroup", tasks), "InvalidRequest", "resource "+tasks+" has a dependent object")
	wantFailure(t, b.remove("SecurityGroup", balancer), "InvalidRequest", "resource "+balancer+" has a dependent object")
	if err := b.remove("SecurityGroupEgress", egress); err != nil {
		t.Error(err)
	}
	if err := b.remove("SecurityGroup", tasks); err != nil {
		t.Error(err)
	}
	_, err = b.make("SecurityGroupIngress", p{"GroupId": balancer, "IpProtocol": "tcp", "CidrIp": "0.0.0.0/0"})
	wantFailure(t, err, "InvalidRequest", "Invalid value for portRange. Must specify both from and to ports with TCP.")
	_, err = b.make("SecurityGroupIngress", p{"GroupId": balancer, "IpProtocol": "-1", "CidrIp": "anywhere"})
	wantFailure(t, err, "InvalidRequest", "CIDR block anywhere is malformed")
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
		for property, s := range b.types["AWS::EC2::"+name].Properties {
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

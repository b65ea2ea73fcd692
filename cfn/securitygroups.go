package cfn

import (
	"fmt"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ec2"
)

// addSecurityGroups lets the world reach the load balancer, the load balancer reach the tasks on the container's
// port, and the ports of other services, and nothing else reach the tasks. The two groups name each other, so one of the rules is a resource
// of its own: within the groups they would be a circle.
func (d deployment) addSecurityGroups(t *cloudformation.Template, n network) {
	ports := []int{80}
	if d.CertificateARN != "" {
		ports = append(ports, 443)
	}
	var open []ec2.SecurityGroup_Ingress
	for _, port := range ports {
		open = append(open, ec2.SecurityGroup_Ingress{
			Description: new("Clients"),
			IpProtocol:  "tcp",
			FromPort:    new(port),
			ToPort:      new(port),
			CidrIp:      new(anywhere),
		})
	}
	t.Resources["LoadBalancerSecurityGroup"] = &ec2.SecurityGroup{
		GroupDescription:     "Load balancer of " + d.prefix(),
		VpcId:                new(n.vpc),
		SecurityGroupIngress: open,
		// A group without a rule of its own may send anywhere. This one matches no packet and takes that
		// rule's place; the real one is LoadBalancerToTasks.
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html#cfn-ec2-securitygroup-securitygroupegress
		SecurityGroupEgress: []ec2.SecurityGroup_Egress{{
			Description: new("Nothing but the rules beside this group"),
			IpProtocol:  "icmp",
			FromPort:    new(252),
			ToPort:      new(86),
			CidrIp:      new("255.255.255.255/32"),
		}},
		Tags: d.nameTag("load-balancer"),
	}
	ports = d.taskPorts()
	var fromLoadBalancer []ec2.SecurityGroup_Ingress
	for _, port := range ports {
		fromLoadBalancer = append(fromLoadBalancer, ec2.SecurityGroup_Ingress{
			Description:           new("Load balancer"),
			IpProtocol:            "tcp",
			FromPort:              new(port),
			ToPort:                new(port),
			SourceSecurityGroupId: cloudformation.GetAttPtr("LoadBalancerSecurityGroup", "GroupId"),
		})
	}
	t.Resources["ServiceSecurityGroup"] = &ec2.SecurityGroup{
		GroupDescription:     "Tasks of " + d.prefix(),
		VpcId:                new(n.vpc),
		SecurityGroupIngress: fromLoadBalancer,
		// The repository, logs, secrets, and whatever database or service the application talks to.
		SecurityGroupEgress: []ec2.SecurityGroup_Egress{{
			Description: new("What the application needs"),
			IpProtocol:  "-1",
			CidrIp:      new(anywhere),
		}},
		Tags: d.nameTag("tasks"),
	}
	for i, port := range ports {
		resource := "LoadBalancerToTasks"
		if i > 0 {
			resource = fmt.Sprintf("LoadBalancerToPort%d", port) // the same whatever other services there are
		}
		t.Resources[resource] = toTasks(port)
	}
}

// toTasks lets the load balancer out to the tasks on a port.
func toTasks(port int) *ec2.SecurityGroupEgress {
	return &ec2.SecurityGroupEgress{
		Description:                new("Tasks"),
		GroupId:                    cloudformation.GetAtt("LoadBalancerSecurityGroup", "GroupId"),
		IpProtocol:                 "tcp",
		FromPort:                   new(port),
		ToPort:                     new(port),
		DestinationSecurityGroupId: cloudformation.GetAttPtr("ServiceSecurityGroup", "GroupId"),
	}
}

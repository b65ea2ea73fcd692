package cfn

import (
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ec2"
)

// addSecurityGroups lets the world reach the load balancer, the load balancer reach the tasks on the container's port and
// those of other services, and nothing else reach the tasks. Which ports these are stands in the group of the tasks alone.
// The two groups name each other, so the load balancer's rule is a resource of its own: within the groups they would be a
// circle. As its ports cannot change, and CloudFormation makes a rule before it removes one, it has all of them: rules by
// port would collide wherever a port moves from one service to another.
func (d deployment) addSecurityGroups(t *cloudformation.Template, n network) {
	ports := []int{80}
	if d.Environment.CertificateARN != "" {
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
	var fromLoadBalancer []ec2.SecurityGroup_Ingress
	for _, port := range d.taskPorts() {
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
	t.Resources["LoadBalancerToTasks"] = &ec2.SecurityGroupEgress{
		Description:                new("Tasks"),
		GroupId:                    cloudformation.GetAtt("LoadBalancerSecurityGroup", "GroupId"),
		IpProtocol:                 "tcp",
		FromPort:                   new(0),
		ToPort:                     new(largestPort),
		DestinationSecurityGroupId: cloudformation.GetAttPtr("ServiceSecurityGroup", "GroupId"),
	}
}

const largestPort = 65535

// Package ec2 is the part of EC2 that stacks build networks from: VPCs, subnets, gateways, routes, endpoints and
// security groups, as CloudFormation resource types, and the part of its API that describes them.
//
// It knows the properties and attributes of the resource reference, the ranges of CIDR blocks, what may be
// attached to what, and what cannot be deleted while something is in it. It routes no packets, and has no quotas.
//
// An id that this package has not given out, but has the form of one, is taken for a resource that was brought
// from outside (a network that exists already): it can be referred to, and what would need its details is not
// checked. An id that it gave out and whose resource is deleted does not exist.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
//
// Imported by awslocal.
package ec2

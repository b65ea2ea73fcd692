// Package iam is the part of IAM that stacks make: roles, managed policies and inline policies, as CloudFormation
// resource types, the part of its API that reads a role with its policies, and the simulator of policies.
//
// It knows names that are taken, the form and size of policy documents, and attachments. It evaluates
// policies where it is asked to (SimulateCustomPolicy), and for no call: nobody is denied anything. A managed policy that it has not made, of AWS or of an account, is taken for
// one that exists already; one that it made and that was deleted does not exist. Roles must be its own.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
//
// Imported by awslocal.
package iam

// Package cloudformation is CloudFormation of the embedded AWS: templates, change sets, stacks and their events.
//
// It knows templates (package template), resource types as far as they are given to it (package resource), and
// the order in which things happen: a change set is looked at before it is ready, resources are made in the order
// of their dependencies and side by side where the graph allows, what fails is rolled back, what was replaced
// is removed at the end. Error codes, texts and statuses are those of AWS.
//
// It has no transforms, macros, nested stacks, stack sets, imports of existing resources, drift detection, stack
// policies that deny, custom resources, hooks, or templates by URL. What is asked of it beyond that is refused.
//
// API: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
package cloudformation

// Package cloudformation is CloudFormation of the embedded AWS: templates, change sets, stacks and their events.
//
// It knows templates (package template), resource types as far as they are given to it (package resource), and
// the order in which things happen: a change set is looked at before it is ready, resources are made in the order
// of their dependencies and side by side where the graph allows, what fails is rolled back, what was replaced
// is removed at the end. Error codes, texts and statuses are those of AWS.
//
// It detects drift of the resource types that can be read, and takes existing resources over. What it does to a
// stack's other change sets: the execution of one deletes them, any other operation makes them OBSOLETE.
//
// It has no transforms, macros, nested stacks, stack sets, drift-aware change sets, stack policies that deny, custom
// resources, hooks, or templates by URL. What is asked of it beyond that is refused.
//
// API: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
//
// Imported by awslocal.
package cloudformation

// Package stack drives CloudFormation: a stack is created or changed through a change set, shown before it
// runs and followed to its end.
//
// It knows change sets, events and what to do in every status a stack can be in. It does not know what is in
// a template, it prints nothing and asks nobody: whoever calls it is told of events and approves plans.
//
// Imported by targets.
package stack

package awslocal

// Operations that are served.
var Operations = operations

// Sendable tells whether a system has a kind of fault.
var Sendable = FaultKind.sendable

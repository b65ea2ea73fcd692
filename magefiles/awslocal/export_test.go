package awslocal

// Operations that are served.
var Operations = operations

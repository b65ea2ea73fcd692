// Package preflight looks at everything that a deployment relies on before it begins, and tells what would make it
// fail: the image, the roles, the secrets, the log group, the way from the load balancer to the container, and the way
// from the container to the repository, the logs and the secrets.
//
//	facts := reader.Read(ctx, preflight.Facts{Wanted: wanted, Infra: infra})
//	findings := preflight.Check(facts)
//
// [Reader] reads, in parallel, and changes nothing. [Check] judges, and is pure: the same facts have the same findings
// in the same order. What cannot be read, because it is not allowed or AWS does not answer, is a note and never an
// error.
//
// It knows neither templates nor configuration: [Wanted] says what the deployment will ask for. It does not run the
// image, and sends nothing through the network that it describes: what only a running task can show is left to the
// deployment.
//
// Imported by targets.
package preflight

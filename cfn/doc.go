// Package cfn turns the description of an application into two CloudFormation templates.
//
// [App] is plain data, and a few functions. [App.Validate] says everything that is wrong with it at once, [App.Names] derives
// every AWS name, [Infra] and [Service] make the two templates of one environment as goformation values,
// and [Render] writes a template as YAML that is the same to the byte each time:
//
//	template, err := cfn.Infra(app, "dev")
//	if err != nil {
//		return err
//	}
//	body, err := cfn.Render(template)
//
// What a person writes to say where, dev or dev/worker, is parsed once: [App.Place] makes a [Place] of it, which has everything
// that belongs to the environment, or to the service, and makes the same templates.
//
// The infra stack holds what lives long: network, load balancer, cluster, repository, roles, logs. The
// service stack holds what a release replaces: task definition, service, auto-scaling, alarms. They are
// joined by parameters of the service template that bear the names of the infra stack's outputs; there
// are no exports, because an export cannot change while another stack imports it. [App.CheckInfra] says
// whether the outputs of a deployed infra stack are enough for a service template.
//
// The package is pure: no AWS SDK, no files, no network, no clock. It does not know whether a stack exists,
// what an account holds, or which image there is; it neither deploys nor reads anything. Termination
// protection and stack tags belong to the stack and not to its template, so they are not here either.
//
// Imported by splitecs and targets.
package cfn

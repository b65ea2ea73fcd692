package targets_test

import "testing"

// The security policy that moves with a version of the library is a change in place that the plan tells, with the field that
// keeps the one before; so are the headers. Nothing is asked.
func TestAPlanTellsAnotherSecurityPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.app.Environments["dev"]
	e.CertificateARN = "arn:aws:acm:ap-southeast-1:000000000000:certificate/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11"
	e.TLSPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
	w.app.Environments["local"] = e
	w.run(infraDeploy)
	w.want(0)
	e.TLSPolicy = ""
	e.StrictTransportSecurity = "max-age=300"
	w.app.Environments["local"] = e
	w.run(infraDiff)
	w.want(0)
	w.prints("SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06 → ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", `Environments["local"].TLSPolicy`, "max-age=300")
	e.StrictTransportSecurity = "max-age=600"
	w.app.Environments["local"] = e
	w.run(infraDeploy)
	w.want(0)
	e.StrictTransportSecurity = "max-age=31536000"
	w.app.Environments["local"] = e
	w.run(infraDiff)
	w.want(0)
	w.prints("max-age=600 → max-age=31536000", `Environments["local"].StrictTransportSecurity`)
	w.run(infraDeploy)
	w.want(0)
	w.run(infraDiff)
	w.want(0)
	w.unchanged("infra:diff")
}

// A boundary goes onto both roles in place.
func TestABoundaryIsAddedInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	e := w.app.Environments["dev"]
	e.PermissionsBoundary = "arn:aws:iam::000000000000:policy/shop-boundary"
	w.app.Environments["local"] = e
	w.run(infraDiff)
	w.want(0)
	w.prints("~ ExecutionRole", "~ TaskRole", "PermissionsBoundary", `Environments["local"].PermissionsBoundary`)
	w.run(infraDeploy)
	w.want(0)
	w.run(infraDiff)
	w.want(0)
	w.unchanged("infra:diff")
}

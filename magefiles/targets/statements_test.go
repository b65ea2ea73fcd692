package targets_test

import (
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

// The preflight reads the roles with what was added to them: a denial is found before it hinders a task.
func TestStatementsOfTheRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev := w.app.Environments["dev"]
	dev.TaskStatements = []cfn.Statement{{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::shop/*"}}}
	w.app.Environments["dev"] = dev
	w.up()
	w.run(infraDiff)
	w.want(0)
	w.unchanged("infra:diff")

	dev.TaskStatements[0].Actions = []string{"s3:PutObject"}
	dev.ExecutionStatements = []cfn.Statement{{Effect: "Deny", Actions: []string{"logs:*"}, Resources: []string{"*"}}}
	w.app.Environments["dev"] = dev
	w.run(infraDiff)
	w.want(0)
	w.prints("s3:GetObject → s3:PutObject", `[Environments["dev"].TaskStatements]`)
	w.run(infraDeploy)
	w.want(4, "needs what it would lose: logs:PutLogEvents on arn:", "may use what it would lose: s3:GetObject on arn:aws:s3:::shop/*")
	w.run(infraDeploy, "SPLITECS_APPROVE=1")
	w.want(0)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(4, "logs:CreateLogStream")
	w.runs("shop-local-service:1")
}

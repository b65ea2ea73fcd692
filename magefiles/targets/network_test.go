package targets_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
)

// network makes the network of the guide in the embedded AWS.
func (w *world) network() map[string]string {
	w.t.Helper()
	guide, err := os.ReadFile(filepath.Join(repository(w.t), "docs", "embedded-aws.md"))
	must(w.t, err)
	_, rest, _ := strings.Cut(string(guide), "network.yaml <<'END'\n")
	template, _, found := strings.Cut(rest, "END\n")
	if !found {
		w.t.Fatal("the guide has no such template")
	}
	outputs := map[string]string{}
	w.outside(func(cfg aws.Config) error {
		ctx, client := context.Background(), cloudformation.NewFromConfig(cfg)
		made, err := client.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: aws.String("network"), TemplateBody: &template})
		if err != nil {
			return err
		}
		for {
			st, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: made.StackId})
			if err != nil || !strings.HasSuffix(string(st.Stacks[0].StackStatus), "IN_PROGRESS") {
				for _, o := range st.Stacks[0].Outputs {
					outputs[*o.OutputKey] = *o.OutputValue
				}
				return err
			}
		}
	})
	return outputs
}

// brings gives the environment local a network of its own.
func (w *world) brings(n cfn.Network) {
	e := w.app.Environments["dev"]
	e.Network = n
	w.app.Environments["local"] = e
}

// Identifiers that do not exist end a deployment before anything is sent, with the field and the way out; with the network
// that the guide makes, it goes through, and so does what follows.
func TestAnOwnNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.brings(cfn.Network{VPCID: "vpc-0a1b2c3d", PublicSubnetIDs: []string{"subnet-0a1b2c31", "subnet-0a1b2c32"}, PrivateSubnetIDs: []string{"subnet-0a1b2c33", "subnet-0a1b2c34"}})
	w.run(infraDeploy)
	w.want(4, `Environments["local"].Network.VPCID: vpc-0a1b2c3d does not exist in this account and region`,
		`Environments["local"].Network.PrivateSubnetIDs[1]: subnet-0a1b2c34 does not exist`, "nothing was changed: 5 errors",
		`next: name a VPC that exists: Environments["local"].Network.VPCID in the magefile`, "docs/embedded-aws.md")
	if strings.Contains(w.err.String(), "== stack") {
		t.Errorf("something was begun:\n%s", &w.err)
	}
	w.run(infraDiff)
	w.want(0)
	w.prints(`! error    Environments["local"].Network.VPCID: vpc-0a1b2c3d does not exist`)

	made := w.network()
	public, private := strings.Split(made["Public"], ","), strings.Split(made["Private"], ",")
	w.brings(cfn.Network{VPCID: made["Vpc"], PublicSubnetIDs: public, PrivateSubnetIDs: private})
	w.up()
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("everything checked")
}

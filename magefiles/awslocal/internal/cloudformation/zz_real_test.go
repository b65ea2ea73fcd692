package cloudformation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

func TestZZReal(t *testing.T) {
	for _, env := range []string{"local", "dev", "prod", "https", "brought-vpc", "scaling-secrets", "arm-spot"} {
		t.Run(env, func(t *testing.T) {
			s, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Speed: 1000})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r := &rig{t: t, Client: cfn.NewFromConfig(s.Config())}
			run := func(stack, body string, f func(*cfn.CreateChangeSetInput)) {
				in := &cfn.CreateChangeSetInput{StackName: &stack, ChangeSetName: aws.String("c"), ChangeSetType: "CREATE", TemplateBody: &body, Capabilities: []types.Capability{"CAPABILITY_NAMED_IAM"}}
				if f != nil {
					f(in)
				}
				out, err := r.CreateChangeSet(background, in)
				if err != nil {
					t.Fatal(said(err))
				}
				for {
					d, err := r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: out.Id})
					if err != nil {
						t.Fatal(err)
					}
					if d.Status == "FAILED" {
						ev, _ := r.DescribeEvents(background, &cfn.DescribeEventsInput{ChangeSetName: out.Id})
						for _, e := range ev.OperationEvents {
							t.Log(*e.ValidationPath, *e.ValidationStatusReason)
						}
						t.Fatal(*d.StatusReason)
					}
					if d.Status == "CREATE_COMPLETE" {
						break
					}
					time.Sleep(time.Millisecond)
				}
				r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: out.Id})
				for range 3000 {
					st := r.stack(stack)
					if !strings.HasSuffix(string(st.StackStatus), "_IN_PROGRESS") {
						t.Log(stack, st.StackStatus)
						if !strings.HasSuffix(string(st.StackStatus), "E_COMPLETE") {
							t.Log(strings.Join(r.events(stack), "\n"))
						}
						for _, o := range st.Outputs { t.Log(*o.OutputKey, *o.OutputValue) }
						return
					}
					time.Sleep(2 * time.Millisecond)
				}
				t.Fatal("timeout: ", strings.Join(r.events(stack), "\n"))
			}
			began := time.Now()
			run("infra", readGolden(t, env+".infra.yaml"), nil)
			t.Log("infra took", time.Since(began))
			body := readGolden(t, env+".service.yaml")
			run("service", body, fillService(r, "infra", body, "a"))
			t.Log("took", time.Since(began))
		})
	}
}

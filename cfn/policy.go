package cfn

import "github.com/awslabs/goformation/v7/cloudformation"

// policyDocument of IAM.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policyDocument struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string                    `json:",omitempty"`
	Effect    string                    `json:""`
	Principal map[string]string         `json:",omitempty"`
	Action    []string                  `json:""`
	Resource  []string                  `json:",omitempty"`
	Condition map[string]map[string]any `json:",omitempty"`
}

func document(statements ...statement) policyDocument {
	return policyDocument{Version: "2012-10-17", Statement: statements}
}

// allow grants actions on resources.
func allow(sid string, actions, resources []string) statement {
	return statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
}

// tasksOfThisAccount lets ECS assume a role for tasks of this account and region, and nobody make ECS do it for
// another account.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func tasksOfThisAccount() policyDocument {
	return document(statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": "ecs-tasks.amazonaws.com"},
		Action:    []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{
			"ArnLike":      {"aws:SourceArn": cloudformation.Sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*")},
			"StringEquals": {"aws:SourceAccount": cloudformation.Ref("AWS::AccountId")},
		},
	})
}

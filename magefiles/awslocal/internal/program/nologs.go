package program

var noLogs = Behaviour{
	Preset:    Scenario{Name: "no-logs", Why: "missing"},
	Arguments: []Argument{Why("missing", "denied", "route")},
	Help:      "does not start: its logs cannot be written",
	New:       func(sc Scenario) Program { return unloggable{Scenario: sc} },
}

type unloggable struct {
	Server
	Scenario
}

// The beginning of a task's stopped reason when its log group cannot be used.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
const (
	noLogger = "ResourceInitializationError: failed to validate logger args: "
	noStream = noLogger + "create stream has been retried 1 times: failed to create Cloudwatch log stream: "
)

// NoLogGroup is the stopped reason of a task whose log group does not exist.
const NoLogGroup = noStream + "ResourceNotFoundException: The specified log group does not exist. : exit status 1"

func (p unloggable) Provision(c Container, n Need) string {
	if n != Logs {
		return ""
	}
	switch p.Why {
	case "denied":
		return noStream + denied(c, "logs:CreateLogStream", c.Account.ARN("logs", "log-group:"+c.LogGroup+":log-stream:*")) + " : exit status 1"
	case "route":
		return noLogger + "The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed"
	}
	return NoLogGroup
}

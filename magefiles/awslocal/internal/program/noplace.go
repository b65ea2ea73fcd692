package program

var noPlace = Behaviour{
	Preset:    Scenario{Name: "no-place", Why: "capacity"},
	Arguments: []Argument{Why("capacity", "addresses", "quota", "size")},
	Help:      "gets no task",
	New:       func(sc Scenario) Program { return placeless{Scenario: sc} },
}

type placeless struct {
	Server
	Scenario
}

// Provision tells why a task of the program cannot be launched at all.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html,
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func (p placeless) Provision(c Container, n Need) string {
	const place, more = "was unable to place a task. Reason: ", " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	switch {
	case n == Address && p.Why == "addresses":
		return "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet '" +
			c.Subnet + "': InsufficientFreeAddressesInSubnet"
	case n != Placement:
		return ""
	}
	switch p.Why {
	case "capacity":
		return place + "Capacity is unavailable at this time. Please try again later or in a different availability zone." + more
	case "quota":
		return place + "You've reached the limit on the number of vCPUs you can run concurrently." + more
	case "size":
		return place + "The requested CPU configuration is above your limit." + more
	}
	return ""
}

var noRole = Behaviour{
	Preset: Scenario{Name: "no-role"},
	Help:   "gets no task: ECS cannot assume the execution role",
	New:    func(Scenario) Program { return roleless{} },
}

type roleless struct{ Server }

func (roleless) Provision(c Container, n Need) string {
	if n != Placement {
		return ""
	}
	return Unlaunchable(Unassumable(c.Role))
}

// Unlaunchable is the event of a service for which a task cannot be launched.
func Unlaunchable(trouble string) string {
	return "failed to launch a task with (error " + trouble + ")"
}

// Unassumable is what ECS says of a role that does not exist.
func Unassumable(role string) string {
	return "ECS was unable to assume the role '" + role + "' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
}

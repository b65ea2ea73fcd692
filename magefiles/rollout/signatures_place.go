package rollout

// placeSignatures are tasks that get no place, or lose it.
var placeSignatures = []signature{
	{
		name: "capacity", retryable: true, says: []string{"Capacity is unavailable at this time"},
		what:   "Fargate has no capacity at present",
		advice: "deploy again later, or let the service use subnets in more availability zones",
		look:   lookService, page: pageEvents,
	},
	{
		name: "quota", retryable: true, says: []string{"limit on the number of vCPUs|limit on the number of tasks"},
		what:   "the account's Fargate quota is used up",
		advice: "stop what is not needed, or ask for more: aws service-quotas list-service-quotas --service-code fargate",
		look:   lookService, page: pageEvents,
	},
	{
		name: "size-limit", says: []string{"CPU configuration is above your limit|MEMORY configuration is above your limit"},
		what:   "a task of this size is above the account's limit",
		likely: of(CPU, Memory),
		advice: "lower the environment's CPU and Memory, or ask for a higher limit",
		look:   lookService, page: pageEvents,
	},
	{
		name: "addresses", retryable: true, says: []string{"InsufficientFreeAddressesInSubnet|RESOURCE:ENI|enough free addresses"},
		what:   "the subnet has no free addresses",
		advice: "release addresses or use larger subnets: aws ec2 describe-subnets --query 'Subnets[].[SubnetId,AvailableIpAddressCount]'",
		look:   lookTask, page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
	},
	{
		name: "spot", retryable: true, says: []string{"Spot Task was interrupted|SpotInterruption"},
		what:   "Fargate Spot took the task back",
		advice: "deploy again; for tasks that stay, raise MinTasks, which run on Fargate proper, or turn Spot off",
		look:   lookTask, page: pageSpot,
	},
	{
		name: "maintenance", retryable: true, source: fromTask, says: []string{"maintenance on the underlying infrastructure|InternalError|Fargate Platform Update"},
		what:   "the failure is on AWS's side",
		advice: "deploy again; where it happens again, ask AWS support",
		look:   lookTask, page: guide + "internal-error.html",
	},
	{
		name: "throttled", retryable: true, source: fromEvent, says: []string{"operations are being throttled"},
		what:   "AWS limits how fast tasks are started",
		advice: "wait; ECS goes on by itself",
		look:   lookService, page: pageEvents,
	},
	{
		name: "provisioning-limit", retryable: true, says: []string{"provisioning capacity limit"},
		what:   "too many tasks of the cluster are being started",
		advice: "wait, then deploy again",
		look:   lookService, page: pageEvents,
	},
	{
		name: "zone", source: fromEvent, says: []string{"unable to place a task", "Internal error"},
		what:   "a subnet is in an availability zone that Fargate does not serve",
		advice: "use subnets in other availability zones",
		look:   lookService, page: pageEvents,
	},
	{
		name: "no-place", says: []string{"unable to place a task|unable to launch|could not launch|failed to launch a task"}, source: fromEvent,
		what:   "a task cannot be placed",
		advice: "look at capacity, free addresses in the subnets and service quotas",
		look:   lookService, page: pageEvents,
	},
}

package rollout

// imageSignatures are images that cannot be pulled. Fargate's words are those of containerd.
var imageSignatures = []signature{
	{
		name: "image-platform", says: []string{"CannotPullContainerError", "descriptor matching platform|no match for platform"},
		what:   "the image is not made for the task's processor architecture",
		likely: of(Architecture, Image),
		advice: "build the image for the environment's Architecture, or set Architecture to the image's",
		look:   lookDefinition, page: pagePull,
	},
	{
		name: "image-layers", says: []string{"CannotPullContainerError", "layers and diffIDs don't match"},
		// Each layer is judged by its own type: gzip and zstd of OCI's types stand side by side. Docker's for zstd is known since
		// 2.0: https://github.com/containerd/containerd/pull/9859, https://github.com/docker/cli/issues/5011
		what:   "some of the image's layers have a media type that containerd does not know, as Docker's own for zstd (application/vnd.docker.image.rootfs.diff.tar.zstd) before containerd 2.0",
		likely: of(Image),
		advice: "push the image anew with image:push, which gives such layers OCI's type, or build it with oci-mediatypes=true or compression=gzip; OCI's gzip and zstd may stand side by side",
		look:   lookTask, page: pagePull,
	},
	{
		name: "disk-full", says: []string{"CannotPullContainerError", "no space left on device"},
		what:   "the image does not fit on the task's disk",
		likely: of(Image),
		advice: "make the image smaller: Fargate gives a task 20 GiB for image and data",
		look:   lookTask, page: pagePull,
	},
	{
		name: "pull-limit", retryable: true, says: []string{"CannotPullContainerError", "toomanyrequests|pull rate limit"},
		what:   "the registry limits how often images are pulled",
		advice: "wait, or deploy from the environment's own repository: SPLITECS_ENV={env} go tool mage image:push",
		look:   lookTask, page: pagePull,
	},
	{
		name: "registry-unknown", says: []string{"CannotPullContainerError", "no such host"},
		what:   "the registry's name cannot be resolved",
		likely: of(Image),
		advice: "turn on DNS resolution of the VPC, and look at the registry's name in the image reference",
		look:   lookDefinition, page: pagePull,
	},
	{
		name:   "registry-denied",
		says:   []string{"CannotPullContainerError|pull registry auth|registry auth", "not authorized to perform: ecr:|403 Forbidden|pull access denied|no basic auth credentials"},
		what:   "the execution role may not pull the image",
		likely: of(ExecutionRole, Image),
		advice: "let the execution role pull from the image's repository (the infra stack grants its own), and look at the repository's policy",
		look:   lookDefinition, page: pagePull,
	},
	{
		name:   "registry-unreachable",
		says:   []string{"CannotPullContainerError|pull registry auth", "i/o timeout|context deadline exceeded|request canceled|context canceled|TLS handshake timeout|connection issue between the task and Amazon ECR|connection refused"},
		what:   "the task has no way to the registry",
		likely: of(Image),
		advice: "give the subnets a route to a NAT gateway, or VPC endpoints for ECR (api, dkr) and S3, and let the security group out on 443",
		look:   lookTask, page: pagePull,
	},
	{
		name: "image-not-found", says: []string{"CannotPullContainerError", "not found|manifest unknown|does not exist"},
		what:   "the image is not in the repository",
		likely: of(Image),
		advice: "push the image, or deploy one that is there: SPLITECS_ENV={env} go tool mage image:push",
		look:   lookDefinition, page: pagePull,
	},
	{
		name: "pull-failed", says: []string{"CannotPullContainerError"},
		what:   "the image cannot be pulled",
		likely: of(Image, ExecutionRole),
		advice: "look at the image reference, the execution role's permissions and the subnets' way to the registry",
		look:   lookTask, page: pagePull,
	},
}

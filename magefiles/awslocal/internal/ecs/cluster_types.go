package ecs

// The shapes of clusters. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html

type clusterSetting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type executeCommandLogConfiguration struct {
	CloudWatchLogGroupName      string `json:"cloudWatchLogGroupName,omitempty"`
	CloudWatchEncryptionEnabled *bool  `json:"cloudWatchEncryptionEnabled,omitempty"`
	S3BucketName                string `json:"s3BucketName,omitempty"`
	S3EncryptionEnabled         *bool  `json:"s3EncryptionEnabled,omitempty"`
	S3KeyPrefix                 string `json:"s3KeyPrefix,omitempty"`
}

type executeCommandConfiguration struct {
	KMSKeyID         string                          `json:"kmsKeyId,omitempty"`
	Logging          string                          `json:"logging,omitempty"`
	LogConfiguration *executeCommandLogConfiguration `json:"logConfiguration,omitempty"`
}

type managedStorageConfiguration struct {
	KMSKeyID                        string `json:"kmsKeyId,omitempty"`
	FargateEphemeralStorageKMSKeyID string `json:"fargateEphemeralStorageKmsKeyId,omitempty"`
}

type clusterConfiguration struct {
	ExecuteCommandConfiguration *executeCommandConfiguration `json:"executeCommandConfiguration,omitempty"`
	ManagedStorageConfiguration *managedStorageConfiguration `json:"managedStorageConfiguration,omitempty"`
}

type serviceConnectDefaults struct {
	Namespace string `json:"namespace"`
}

type cluster struct {
	ClusterARN                        string                         `json:"clusterArn"`
	ClusterName                       string                         `json:"clusterName"`
	Configuration                     *clusterConfiguration          `json:"configuration,omitempty"`
	Status                            string                         `json:"status"`
	RegisteredContainerInstancesCount int                            `json:"registeredContainerInstancesCount"`
	RunningTasksCount                 int                            `json:"runningTasksCount"`
	PendingTasksCount                 int                            `json:"pendingTasksCount"`
	ActiveServicesCount               int                            `json:"activeServicesCount"`
	Statistics                        []keyValuePair                 `json:"statistics"`
	Tags                              []tag                          `json:"tags"`
	Settings                          []clusterSetting               `json:"settings"`
	CapacityProviders                 []string                       `json:"capacityProviders"`
	DefaultCapacityProviderStrategy   []capacityProviderStrategyItem `json:"defaultCapacityProviderStrategy"`
	ServiceConnectDefaults            *serviceConnectDefaults        `json:"serviceConnectDefaults,omitempty"`
}

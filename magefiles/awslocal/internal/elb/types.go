package elb

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"

// The shapes of the API. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Types.html

type tag struct {
	Key   string
	Value string
}

type attribute struct {
	Key   string
	Value string
}

type loadBalancerState struct {
	Code string
}

type availabilityZone struct {
	ZoneName              string
	SubnetId              string
	LoadBalancerAddresses []struct{}
}

type loadBalancer struct {
	LoadBalancerArn       string
	DNSName               string
	CanonicalHostedZoneId string
	CreatedTime           wire.Time
	LoadBalancerName      string
	Scheme                string
	VpcId                 string `json:",omitempty"`
	State                 loadBalancerState
	Type                  string
	AvailabilityZones     []availabilityZone
	SecurityGroups        []string
	IpAddressType         string
}

type matcher struct {
	HttpCode string `json:",omitempty"`
	GrpcCode string `json:",omitempty"`
}

type targetGroup struct {
	TargetGroupArn             string
	TargetGroupName            string
	Protocol                   string
	Port                       int
	VpcId                      string `json:",omitempty"`
	HealthCheckProtocol        string
	HealthCheckPort            string
	HealthCheckEnabled         bool
	HealthCheckIntervalSeconds int
	HealthCheckTimeoutSeconds  int
	HealthyThresholdCount      int
	UnhealthyThresholdCount    int
	HealthCheckPath            string `json:",omitempty"`
	Matcher                    *matcher
	LoadBalancerArns           []string
	TargetType                 string
	ProtocolVersion            string `json:",omitempty"`
	IpAddressType              string
}

type certificate struct {
	CertificateArn string
	IsDefault      *bool `json:",omitempty"`
}

type targetGroupTuple struct {
	TargetGroupArn string
	Weight         *int `json:",omitempty"`
}

type stickinessConfig struct {
	Enabled         bool
	DurationSeconds *int `json:",omitempty"`
}

type forwardConfig struct {
	TargetGroups                []targetGroupTuple
	TargetGroupStickinessConfig *stickinessConfig
}

type redirectConfig struct {
	Protocol   string `json:",omitempty"`
	Port       string `json:",omitempty"`
	Host       string `json:",omitempty"`
	Path       string `json:",omitempty"`
	Query      string `json:",omitempty"`
	StatusCode string
}

type fixedResponseConfig struct {
	MessageBody string `json:",omitempty"`
	StatusCode  string
	ContentType string `json:",omitempty"`
}

type action struct {
	Type                string
	TargetGroupArn      string `json:",omitempty"`
	Order               *int   `json:",omitempty"`
	RedirectConfig      *redirectConfig
	FixedResponseConfig *fixedResponseConfig
	ForwardConfig       *forwardConfig
}

type listener struct {
	ListenerArn     string
	LoadBalancerArn string
	Port            int
	Protocol        string
	Certificates    []certificate `json:",omitempty"`
	SslPolicy       string        `json:",omitempty"`
	DefaultActions  []action
	AlpnPolicy      []string `json:",omitempty"`
}

type conditionValues struct {
	Values      []string `json:",omitempty"`
	RegexValues []string `json:",omitempty"`
}

type httpHeaderConfig struct {
	HttpHeaderName string
	Values         []string `json:",omitempty"`
	RegexValues    []string `json:",omitempty"`
}

type queryStringPair struct {
	Key   string `json:",omitempty"`
	Value string
}

type queryStringConfig struct {
	Values []queryStringPair
}

type condition struct {
	Field                   string
	Values                  []string `json:",omitempty"`
	RegexValues             []string `json:",omitempty"`
	HostHeaderConfig        *conditionValues
	PathPatternConfig       *conditionValues
	HttpHeaderConfig        *httpHeaderConfig
	QueryStringConfig       *queryStringConfig
	HttpRequestMethodConfig *conditionValues
	SourceIpConfig          *conditionValues
}

type rule struct {
	RuleArn    string
	Priority   string
	Conditions []condition
	Actions    []action
	IsDefault  bool
}

type targetDescription struct {
	Id               string
	Port             int    `json:",omitempty"`
	AvailabilityZone string `json:",omitempty"`
}

type targetHealth struct {
	State       string
	Reason      string `json:",omitempty"`
	Description string `json:",omitempty"`
}

type targetHealthDescription struct {
	Target          targetDescription
	HealthCheckPort string
	TargetHealth    targetHealth
}

type tagDescription struct {
	ResourceArn string
	Tags        []tag
}

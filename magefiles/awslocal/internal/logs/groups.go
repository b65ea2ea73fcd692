package logs

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// retentions are the days that PutRetentionPolicy takes.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var (
	groupForm  = lazyregexp.New(`^[\.\-_/#A-Za-z0-9]{1,512}$`)
	streamForm = lazyregexp.New(`^[^:*]{1,512}$`)
)

func invalid(format string, args ...any) error {
	return wire.Errorf("InvalidParameterException", format, args...)
}

// find a group by its name or identifier (an ARN).
func (s *Service) find(name, identifier string) (*group, error) {
	if (name == "") == (identifier == "") {
		return nil, invalid("Exactly one of logGroupName and logGroupIdentifier must be given.")
	}
	name = cmp.Or(name, identifier)
	name = strings.TrimSuffix(strings.TrimPrefix(name, s.acct.ARN("logs", "log-group:")), ":*")
	g := s.state.Groups.Get(name)
	if g == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "The specified log group does not exist.")
	}
	return g, nil
}

type createLogGroupInput struct {
	LogGroupName              string            `json:"logGroupName"`
	KMSKeyID                  string            `json:"kmsKeyId"`
	Tags                      map[string]string `json:"tags"`
	LogGroupClass             string            `json:"logGroupClass"`
	DeletionProtectionEnabled bool              `json:"deletionProtectionEnabled"`
}

func (s *Service) createLogGroup(_ context.Context, in *createLogGroupInput) (*wire.Empty, error) {
	if !groupForm.MatchString(in.LogGroupName) {
		return nil, invalid("1 validation error detected: Value '%s' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+", in.LogGroupName)
	}
	if s.LogGroupExists(in.LogGroupName) {
		return nil, wire.Errorf("ResourceAlreadyExistsException", "The specified log group already exists")
	}
	g := s.newGroup(in.LogGroupName)
	g.KMSKey, g.Class, g.Protected = in.KMSKeyID, cmp.Or(in.LogGroupClass, g.Class), in.DeletionProtectionEnabled
	maps.Copy(g.Tags, in.Tags)
	s.state.Groups.Put(g.Name, g)
	return &wire.Empty{}, nil
}

type describeLogGroupsInput struct {
	LogGroupNamePrefix    string   `json:"logGroupNamePrefix"`
	LogGroupNamePattern   string   `json:"logGroupNamePattern"`
	NextToken             string   `json:"nextToken"`
	Limit                 int      `json:"limit"`
	LogGroupClass         string   `json:"logGroupClass"`
	LogGroupIdentifiers   []string `json:"logGroupIdentifiers"`
	IncludeLinkedAccounts bool     `json:"includeLinkedAccounts"`
}

type logGroup struct {
	LogGroupName              string `json:"logGroupName"`
	CreationTime              int64  `json:"creationTime"`
	RetentionInDays           int    `json:"retentionInDays,omitempty"`
	MetricFilterCount         int    `json:"metricFilterCount"`
	ARN                       string `json:"arn"`
	StoredBytes               int64  `json:"storedBytes"`
	KMSKeyID                  string `json:"kmsKeyId,omitempty"`
	LogGroupClass             string `json:"logGroupClass"`
	LogGroupARN               string `json:"logGroupArn"`
	DeletionProtectionEnabled bool   `json:"deletionProtectionEnabled"`
}

type describeLogGroupsOutput struct {
	LogGroups []logGroup `json:"logGroups"`
	NextToken string     `json:"nextToken,omitempty"`
}

func (s *Service) describeLogGroups(_ context.Context, in *describeLogGroupsInput) (*describeLogGroupsOutput, error) {
	if in.LogGroupNamePrefix != "" && in.LogGroupNamePattern != "" {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	out := []logGroup{}
	for name, g := range s.state.Groups.Ascend(in.LogGroupNamePrefix, "") {
		if !strings.Contains(strings.ToLower(name), strings.ToLower(in.LogGroupNamePattern)) ||
			in.LogGroupClass != "" && in.LogGroupClass != g.Class ||
			len(in.LogGroupIdentifiers) > 0 && !slices.Contains(in.LogGroupIdentifiers, name) && !slices.Contains(in.LogGroupIdentifiers, s.arn(g)) {
			continue
		}
		out = append(out, logGroup{LogGroupName: name, CreationTime: g.Created, RetentionInDays: g.Retention, ARN: s.arn(g) + ":*",
			StoredBytes: g.Bytes, KMSKeyID: g.KMSKey, LogGroupClass: g.Class, LogGroupARN: s.arn(g), DeletionProtectionEnabled: g.Protected})
	}
	out, next, err := page(out, in.NextToken, in.Limit, 50, 50)
	return &describeLogGroupsOutput{out, next}, err
}

// page cuts one page out of items; the token is the position to go on from.
func page[T any](items []T, token string, limit, standard, most int) ([]T, string, error) {
	if limit < 0 || limit > most {
		return nil, "", invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to %d", limit, most)
	}
	limit = cmp.Or(limit, standard)
	from := 0
	if token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 || from > len(items) {
			return nil, "", invalid("The specified nextToken is invalid.")
		}
	}
	if from+limit >= len(items) {
		return items[from:], "", nil
	}
	return items[from : from+limit], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(from + limit))), nil
}

type groupInput struct {
	LogGroupName string `json:"logGroupName"`
}

func (s *Service) deleteLogGroup(_ context.Context, in *groupInput) (*wire.Empty, error) {
	g, err := s.find(in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	if g.Protected {
		return nil, wire.Errorf("ValidationException", "The log group cannot be deleted because deletion protection is enabled.")
	}
	s.removeGroup(g)
	return &wire.Empty{}, nil
}

type putRetentionPolicyInput struct {
	LogGroupName    string `json:"logGroupName"`
	RetentionInDays int    `json:"retentionInDays"`
}

func (s *Service) putRetentionPolicy(_ context.Context, in *putRetentionPolicyInput) (*wire.Empty, error) {
	g, err := s.find(in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(retentions, in.RetentionInDays) {
		return nil, invalid("1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: Member must be one of %v", in.RetentionInDays, retentions)
	}
	g.Retention = in.RetentionInDays
	s.w.Changed()
	return &wire.Empty{}, nil
}

func (s *Service) deleteRetentionPolicy(_ context.Context, in *groupInput) (*wire.Empty, error) {
	g, err := s.find(in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	g.Retention = 0
	s.w.Changed()
	return &wire.Empty{}, nil
}

type resourceInput struct {
	ResourceARN string `json:"resourceArn"`
}

type tagsOutput struct {
	Tags map[string]string `json:"tags"`
}

func (s *Service) listTagsForResource(_ context.Context, in *resourceInput) (*tagsOutput, error) {
	g, err := s.find("", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	maps.Copy(tags, g.Tags)
	return &tagsOutput{tags}, nil
}

type tagResourceInput struct {
	ResourceARN string            `json:"resourceArn"`
	Tags        map[string]string `json:"tags"`
}

func (s *Service) tagResource(_ context.Context, in *tagResourceInput) (*wire.Empty, error) {
	g, err := s.find("", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(g.Tags)
	for k, v := range in.Tags {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return nil, invalid("Tag keys cannot start with aws:")
		}
		tags[k] = v
	}
	if len(tags) > 50 {
		return nil, wire.Errorf("TooManyTagsException", "The resource %s would have more than 50 tags.", in.ResourceARN)
	}
	g.Tags = tags
	s.w.Changed()
	return &wire.Empty{}, nil
}

type untagResourceInput struct {
	ResourceARN string   `json:"resourceArn"`
	TagKeys     []string `json:"tagKeys"`
}

func (s *Service) untagResource(_ context.Context, in *untagResourceInput) (*wire.Empty, error) {
	g, err := s.find("", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(g.Tags, k)
	}
	s.w.Changed()
	return &wire.Empty{}, nil
}

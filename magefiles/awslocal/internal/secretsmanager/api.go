package secretsmanager

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type tag struct{ Key, Value string }

var namePattern = lazyregexp.New(`^[A-Za-z0-9/_+=.@-]{1,512}$`)

func invalid(format string, args ...any) error {
	return wire.Errorf("InvalidParameterException", format, args...)
}

type createInput struct {
	Name               string
	ClientRequestToken string
	Description        string
	KmsKeyId           string
	SecretString       *string
	SecretBinary       []byte
	Tags               []tag
}

type versionOutput struct {
	ARN           string
	Name          string
	VersionId     string   `json:",omitempty"`
	VersionStages []string `json:",omitempty"`
}

func (s *Service) createSecret(_ context.Context, in *createInput) (*versionOutput, error) {
	if !namePattern.MatchString(in.Name) {
		return nil, wire.Errorf("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	if in.SecretString != nil && in.SecretBinary != nil {
		return nil, invalid("You can't specify both a binary secret value and a string secret value in the same secret.")
	}
	for _, it := range s.state.Secrets.All() {
		switch {
		case it.Name != in.Name:
		case !it.Deleted.IsZero():
			return nil, wire.Errorf("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
		default:
			return nil, wire.Errorf("ResourceExistsException", "The operation failed because the secret %s already exists.", in.Name)
		}
	}
	it := &secret{
		Name: in.Name, ARN: s.acct.ARN("secretsmanager", "secret:"+in.Name+"-"+s.w.Hex(6)), Description: in.Description, KMSKey: in.KmsKeyId,
		Created: s.w.Now(), Changed: s.w.Now(), Versions: map[string]*version{}, Tags: in.Tags,
	}
	s.state.Secrets.Put(it.ARN, it)
	s.w.Changed()
	out := &versionOutput{ARN: it.ARN, Name: it.Name}
	if in.SecretString != nil || in.SecretBinary != nil {
		out.VersionId = cmp.Or(in.ClientRequestToken, s.w.UUID())
		s.put(it, out.VersionId, &version{Text: in.SecretString, Binary: in.SecretBinary, Stages: []string{current}})
	}
	return out, nil
}

type putInput struct {
	SecretId           string
	ClientRequestToken string
	SecretString       *string
	SecretBinary       []byte
	VersionStages      []string
}

func (s *Service) putSecretValue(_ context.Context, in *putInput) (*versionOutput, error) {
	it, err := s.live(in.SecretId)
	if err != nil {
		return nil, err
	}
	if (in.SecretString == nil) == (in.SecretBinary == nil) {
		return nil, invalid("You must provide either SecretString or SecretBinary.")
	}
	stages := in.VersionStages
	if len(stages) == 0 {
		stages = []string{current}
	}
	id := cmp.Or(in.ClientRequestToken, s.w.UUID())
	if it.Versions[id] != nil {
		return nil, wire.Errorf("ResourceExistsException", "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", id, it.ARN)
	}
	s.put(it, id, &version{Text: in.SecretString, Binary: in.SecretBinary, Stages: stages})
	return &versionOutput{it.ARN, it.Name, id, stages}, nil
}

type secretInput struct {
	SecretId     string
	VersionId    string
	VersionStage string
}

type valueOutput struct {
	ARN           string
	Name          string
	VersionId     string
	SecretString  *string `json:",omitempty"`
	SecretBinary  []byte  `json:",omitempty"`
	VersionStages []string
	CreatedDate   wire.Time
}

func (s *Service) getSecretValue(_ context.Context, in *secretInput) (*valueOutput, error) {
	it, err := s.live(in.SecretId)
	if err != nil {
		return nil, err
	}
	id, v, err := it.version(in.VersionId, in.VersionStage)
	if err != nil {
		return nil, err
	}
	return &valueOutput{it.ARN, it.Name, id, v.Text, v.Binary, v.Stages, wire.Time{Time: v.Created}}, nil
}

// described is a secret without its value. The API has two names for the map of stages, see [Service.listSecrets].
type described struct {
	ARN             string
	Name            string
	Description     string    `json:",omitempty"`
	KmsKeyId        string    `json:",omitempty"`
	CreatedDate     wire.Time `json:",omitzero"`
	LastChangedDate wire.Time `json:",omitzero"`
	DeletedDate     wire.Time `json:",omitzero"`
	Tags            []tag     `json:",omitempty"`

	VersionIdsToStages     map[string][]string `json:",omitempty"`
	SecretVersionsToStages map[string][]string `json:",omitempty"`
}

func (it *secret) described() described {
	return described{
		ARN: it.ARN, Name: it.Name, Description: it.Description, KmsKeyId: it.KMSKey, CreatedDate: wire.Time{Time: it.Created},
		LastChangedDate: wire.Time{Time: it.Changed}, DeletedDate: wire.Time{Time: it.Deleted}, Tags: it.Tags,
	}
}

func (it *secret) stages() map[string][]string {
	all := map[string][]string{}
	for id, v := range it.Versions {
		if len(v.Stages) > 0 {
			all[id] = v.Stages
		}
	}
	return all
}

func (s *Service) describeSecret(_ context.Context, in *struct{ SecretId string }) (*described, error) {
	it, err := s.find(in.SecretId)
	if err != nil {
		return nil, err
	}
	out := it.described()
	out.VersionIdsToStages = it.stages()
	return &out, nil
}

type deleteInput struct {
	SecretId                   string
	RecoveryWindowInDays       *int64
	ForceDeleteWithoutRecovery bool
}

type deleteOutput struct {
	ARN          string
	Name         string
	DeletionDate wire.Time
}

func (s *Service) deleteSecret(_ context.Context, in *deleteInput) (*deleteOutput, error) {
	it, err := s.live(in.SecretId)
	if err != nil {
		return nil, err
	}
	days := int64(30)
	switch {
	case in.ForceDeleteWithoutRecovery && in.RecoveryWindowInDays != nil:
		return nil, invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	case in.ForceDeleteWithoutRecovery:
		s.state.Secrets.Delete(it.ARN)
		s.w.Changed()
		return &deleteOutput{it.ARN, it.Name, wire.Time{Time: s.w.Now()}}, nil
	case in.RecoveryWindowInDays != nil:
		days = *in.RecoveryWindowInDays
	}
	if days < 7 || days > 30 {
		return nil, invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	}
	window := time.Duration(days) * 24 * time.Hour
	it.Deleted, it.Due = s.w.Now(), s.w.Now().Add(s.w.Scaled(window))
	s.w.After(window, "secretsmanager:delete", it.ARN)
	return &deleteOutput{it.ARN, it.Name, wire.Time{Time: it.Due}}, nil
}

type filter struct {
	Key    string
	Values []string
}

type listInput struct {
	Filters                []filter
	IncludePlannedDeletion bool
	MaxResults             int
	NextToken              string
}

type listOutput struct {
	SecretList []described
	NextToken  string `json:",omitempty"`
}

func (s *Service) listSecrets(_ context.Context, in *listInput) (*listOutput, error) {
	for _, f := range in.Filters {
		if f.Key != "name" {
			return nil, wire.Errorf("ValidationException", "the embedded AWS filters secrets by name only, not by %s", f.Key)
		}
	}
	out := &listOutput{SecretList: []described{}}
	for _, it := range s.state.Secrets.All() {
		wanted := it.Deleted.IsZero() || in.IncludePlannedDeletion
		for _, f := range in.Filters { // a value is the beginning of a name
			wanted = wanted && slices.ContainsFunc(f.Values, func(v string) bool { return strings.HasPrefix(it.Name, v) })
		}
		if wanted {
			one := it.described()
			one.SecretVersionsToStages = it.stages()
			out.SecretList = append(out.SecretList, one)
		}
	}
	from, err := strconv.Atoi(cmp.Or(in.NextToken, "0"))
	if err != nil || from < 0 || from > len(out.SecretList) {
		return nil, wire.Errorf("InvalidNextTokenException", "The NextToken value is invalid.")
	}
	out.SecretList = out.SecretList[from:]
	if size := cmp.Or(in.MaxResults, 100); size < len(out.SecretList) {
		out.SecretList, out.NextToken = out.SecretList[:size], strconv.Itoa(from+size)
	}
	return out, nil
}

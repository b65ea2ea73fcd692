package secretsmanager

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Service is the embedded Secrets Manager.
type Service struct {
	w     *sim.World
	acct  account.Account
	state state
}

type state struct {
	Secrets sim.Table[*secret] // by ARN
}

type secret struct {
	Name, ARN        string
	Description      string
	KMSKey           string
	Created, Changed time.Time
	Deleted          time.Time           // when its deletion was asked for; zero where it was not
	Due              time.Time           // when it will be gone
	Versions         map[string]*version // by id
	Tags             []tag
	Placeholder      bool // its value stands in for one that nobody stored
}

type version struct {
	Created time.Time
	Text    *string
	Binary  []byte
	Stages  []string
}

// Stages that Secrets Manager itself moves.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#term_version
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
)

// New adds Secrets Manager to the world.
func New(w *sim.World, acct account.Account) *Service {
	s := &Service{w: w, acct: acct, state: state{sim.NewTable[*secret](w, "secretsmanager.secrets")}}
	w.Handle("secretsmanager:delete", func(arn string) {
		if it := s.state.Secrets.Get(arn); it != nil && !it.Due.IsZero() && !it.Due.After(w.Now()) {
			s.state.Secrets.Delete(arn)
		}
	})
	return s
}

// Wire is the API.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{Name: "secretsmanager", Target: "secretsmanager", Operations: map[string]wire.Operation{
		"CreateSecret":   wire.Op(s.createSecret),
		"DeleteSecret":   wire.Op(s.deleteSecret),
		"DescribeSecret": wire.Op(s.describeSecret),
		"GetSecretValue": wire.Op(s.getSecretValue),
		"ListSecrets":    wire.Op(s.listSecrets),
		"PutSecretValue": wire.Op(s.putSecretValue),
	}}
}

// suffixed is a secret's name as it ends an ARN: with a hyphen and six characters that Secrets Manager chose.
var suffixed = lazyregexp.New(`^(.+)-[A-Za-z0-9]{6}$`)

// find is the secret of a name, of an ARN, or of an ARN without what was chosen.
func (s *Service) find(id string) (*secret, error) {
	if it := s.state.Secrets.Get(id); it != nil {
		return it, nil
	}
	prefix := id + "-"
	if !strings.HasPrefix(id, "arn:") {
		prefix = s.acct.ARN("secretsmanager", "secret:"+prefix)
	}
	for arn := range s.state.Secrets.Ascend(prefix, "") {
		if len(arn) == len(prefix)+6 {
			return s.state.Secrets.Get(arn), nil
		}
	}
	for arn, it := range s.state.Secrets.All() { // a placeholder has whatever ARN it was asked for by
		if it.Name == id {
			return s.state.Secrets.Get(arn), nil
		}
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

// live is find of what is not marked for deletion.
func (s *Service) live(id string) (*secret, error) {
	it, err := s.find(id)
	if err == nil && !it.Deleted.IsZero() {
		err = wire.Errorf("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
	}
	return it, err
}

// put adds a version and moves the stages to it.
func (s *Service) put(it *secret, id string, v *version) {
	v.Created, it.Changed, it.Placeholder = s.w.Now(), s.w.Now(), false
	for _, other := range it.Versions {
		if slices.Contains(v.Stages, current) {
			was := slices.Contains(other.Stages, current)
			other.Stages = slices.DeleteFunc(other.Stages, func(stage string) bool { return stage == previous })
			if was {
				other.Stages = append(other.Stages, previous)
			}
		}
		other.Stages = slices.DeleteFunc(other.Stages, func(stage string) bool { return slices.Contains(v.Stages, stage) })
	}
	it.Versions[id] = v
	s.w.Changed()
}

// version of a secret by its id, by its stage, or the current one.
func (it *secret) version(id, stage string) (string, *version, error) {
	if id == "" && stage == "" {
		stage = current
	}
	for _, key := range slices.Sorted(maps.Keys(it.Versions)) {
		v := it.Versions[key]
		if (id == "" || id == key) && (stage == "" || slices.Contains(v.Stages, stage)) {
			return key, v, nil
		}
	}
	if id != "" {
		return "", nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: %s", id)
	}
	return "", nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", stage)
}

// Secret is the value of a secret as ECS reads it, by its ARN; empty stage and version are the current one. A binary one
// is empty. The error is the API's.
func (s *Service) Secret(arn, stage, id string) (string, error) {
	it, err := s.live(arn)
	if err != nil {
		return "", err
	}
	_, v, err := it.version(id, stage)
	if err != nil || v.Text == nil {
		return "", err
	}
	return *v.Text, nil
}

const placeholder = "placeholder"

// Place makes sure that there is a secret with this ARN, and keys in its value where there are any to have. What
// somebody stored stays as it is; a placeholder is made, or gets the keys that it lacks. placed tells whether
// something changed.
func (s *Service) Place(arn string, keys []string) (placed bool) {
	it := s.state.Secrets.Get(arn)
	if it != nil && !it.Placeholder {
		return false
	}
	values := map[string]string{}
	for _, k := range keys {
		values[k] = placeholder
	}
	if it != nil {
		if _, v, err := it.version("", ""); err == nil && v.Text != nil {
			had := map[string]string{}
			_ = json.Unmarshal([]byte(*v.Text), &had) // a placeholder without keys is no object
			maps.Copy(values, had)
			if len(values) == len(had) {
				return false
			}
		}
	} else {
		name := arn[strings.LastIndex(arn, ":")+1:]
		if m := suffixed.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		it = &secret{Name: name, ARN: arn, Created: s.w.Now(), Versions: map[string]*version{}}
		s.state.Secrets.Put(arn, it)
	}
	text := placeholder
	if len(values) > 0 {
		data, _ := json.Marshal(values) // strings
		text = string(data)
	}
	s.put(it, s.w.UUID(), &version{Text: &text, Stages: []string{current}})
	it.Placeholder = true
	return true
}

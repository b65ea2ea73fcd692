package ssm

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Service is the embedded Parameter Store.
type Service struct {
	w     *sim.World
	acct  account.Account
	state state
}

type state struct {
	Parameters sim.Table[*parameter] // by ARN
}

type parameter struct {
	Name, ARN, Type, Value string
	DataType               string
	Version                int
	Modified               time.Time
}

// New adds Parameter Store to the world.
func New(w *sim.World, acct account.Account) *Service {
	return &Service{w: w, acct: acct, state: state{sim.NewTable[*parameter](w, "ssm.parameters")}}
}

// Wire is the API.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{Name: "ssm", Target: "AmazonSSM", Operations: map[string]wire.Operation{
		"DeleteParameter": wire.Op(s.deleteParameter),
		"GetParameter":    wire.Op(s.getParameter),
		"GetParameters":   wire.Op(s.getParameters),
		"PutParameter":    wire.Op(s.putParameter),
	}}
}

// arn of a name, which is one already or not. The slash that a hierarchy begins with is the ARN's own.
func (s *Service) arn(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return s.acct.ARN("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
}

// find is the parameter of a name or ARN; nil where there is none.
func (s *Service) find(name string) *parameter {
	p := s.state.Parameters.Get(s.arn(name))
	if p == nil || p.Name != name && p.ARN != name {
		return nil
	}
	return p
}

// Value is the type and value of a parameter, by its name.
func (s *Service) Value(name string) (kind, value string, ok bool) {
	p := s.find(name)
	if p == nil {
		return "", "", false
	}
	return p.Type, p.Value, true
}

// HasParameter tells whether there is a parameter of this name or ARN.
func (s *Service) HasParameter(name string) bool { return s.find(name) != nil }

// Place makes sure that there is a parameter with this ARN. What somebody stored stays as it is. placed tells whether
// a placeholder was made.
func (s *Service) Place(arn string) (placed bool) {
	if s.state.Parameters.Has(arn) {
		return false
	}
	_, name, _ := strings.Cut(arn, ":parameter/")
	if strings.Contains(name, "/") {
		name = "/" + name
	}
	s.state.Parameters.Put(arn, &parameter{
		Name: name, ARN: arn, Type: "String", Value: "placeholder", DataType: "text", Version: 1, Modified: s.w.Now(),
	})
	return true
}

// namePattern: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
var namePattern = lazyregexp.New(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)

type putInput struct {
	Name, Value, Type, DataType string
	Overwrite                   bool
}

type putOutput struct {
	Version int
	Tier    string
}

func (s *Service) putParameter(_ context.Context, in *putInput) (*putOutput, error) {
	p := s.find(in.Name)
	switch {
	case !namePattern.MatchString(in.Name):
		return nil, wire.Errorf("ValidationException", "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_")
	case in.Value == "" || len(in.Value) > 4096:
		return nil, wire.Errorf("ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters.")
	case p != nil && !in.Overwrite:
		return nil, wire.Errorf("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	case p == nil && in.Type == "":
		return nil, wire.Errorf("ValidationException", "A parameter type is required when you create a parameter.")
	case in.Type != "" && !slices.Contains([]string{"String", "StringList", "SecureString"}, in.Type):
		return nil, wire.Errorf("UnsupportedParameterType", "The parameter type %s isn't supported.", in.Type)
	}
	if p == nil {
		p = &parameter{Name: in.Name, ARN: s.arn(in.Name), DataType: cmp.Or(in.DataType, "text")}
		s.state.Parameters.Put(p.ARN, p)
	}
	p.Type, p.Value, p.Version, p.Modified = cmp.Or(in.Type, p.Type), in.Value, p.Version+1, s.w.Now()
	s.w.Changed()
	return &putOutput{p.Version, "Standard"}, nil
}

type told struct {
	Name, Type, Value string
	Version           int
	LastModifiedDate  wire.Time
	ARN               string
	DataType          string
}

// told is a parameter as the API gives it.
func (p *parameter) told(decrypted bool) told {
	value := p.Value
	if p.Type == "SecureString" && !decrypted {
		sum := sha256.Sum256([]byte(p.ARN + p.Value))
		value = base64.StdEncoding.EncodeToString(sum[:])
	}
	return told{p.Name, p.Type, value, p.Version, wire.Time{Time: p.Modified}, p.ARN, p.DataType}
}

type getInput struct {
	Name           string
	WithDecryption bool
}

type getOutput struct{ Parameter told }

func (s *Service) getParameter(_ context.Context, in *getInput) (*getOutput, error) {
	p := s.find(in.Name)
	if p == nil {
		return nil, notFound(in.Name)
	}
	return &getOutput{p.told(in.WithDecryption)}, nil
}

func notFound(name string) error {
	return wire.Errorf("ParameterNotFound", "Parameter %s not found.", name)
}

type getAllInput struct {
	Names          []string
	WithDecryption bool
}

type getAllOutput struct {
	Parameters        []told
	InvalidParameters []string
}

func (s *Service) getParameters(_ context.Context, in *getAllInput) (*getAllOutput, error) {
	if len(in.Names) < 1 || len(in.Names) > 10 {
		return nil, wire.Errorf("ValidationException", "1 validation error detected: Value '[%s]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10", strings.Join(in.Names, ", "))
	}
	out := &getAllOutput{Parameters: []told{}, InvalidParameters: []string{}}
	for _, name := range in.Names {
		if p := s.find(name); p != nil {
			out.Parameters = append(out.Parameters, p.told(in.WithDecryption))
		} else {
			out.InvalidParameters = append(out.InvalidParameters, name)
		}
	}
	return out, nil
}

func (s *Service) deleteParameter(_ context.Context, in *struct{ Name string }) (*wire.Empty, error) {
	p := s.find(in.Name)
	if p == nil {
		return nil, notFound(in.Name)
	}
	s.state.Parameters.Delete(p.ARN)
	s.w.Changed()
	return &wire.Empty{}, nil
}

package preflight

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// mostParameters of one call. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
const mostParameters = 10

// secrets adds the reads of what variables refer to, each version of a secret once. What it returns gives the facts, by
// variable, when they are done.
func (r Reader) secrets(ctx context.Context, wanted map[string]string, add func(func())) func() map[string]Fact[Secret] {
	seen := map[reference]*Fact[Secret]{} // without key
	keyed := map[reference]bool{}
	parameters := map[string][]string{} // by region
	for _, text := range slices.Sorted(maps.Values(wanted)) {
		one := parseReference(text)
		keyed[one.whole()] = keyed[one.whole()] || one.key != ""
		if seen[one.whole()] == nil {
			seen[one.whole()] = &Fact[Secret]{}
			if one.parameter {
				parameters[one.region()] = append(parameters[one.region()], text)
			}
		}
	}
	for one, fact := range seen {
		if !one.parameter {
			add(func() { *fact = r.secret(ctx, one, keyed[one]) })
		}
	}
	for region, all := range parameters {
		for names := range slices.Chunk(all, mostParameters) {
			add(func() {
				for name, fact := range r.parameters(ctx, region, names) {
					*seen[parseReference(name)] = fact
				}
			})
		}
	}
	return func() map[string]Fact[Secret] {
		all := map[string]Fact[Secret]{}
		for variable, text := range wanted {
			all[variable] = *seen[parseReference(text).whole()]
		}
		return all
	}
}

// whole is the value that the reference takes a key of.
func (r reference) whole() reference {
	r.key = ""
	return r
}

// region that the secret is in: ECS takes it from there, wherever the task runs.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
func (r reference) region() string { return parseARN(r.arn).region }

// secret reads whether a secret of Secrets Manager and the version are there, and where a key is referred to, the keys.
func (r Reader) secret(ctx context.Context, one reference, keyed bool) Fact[Secret] {
	fact := look("secretsmanager:DescribeSecret", func() (Secret, error) {
		out, err := r.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &one.arn}, one.inItsRegion)
		if err != nil {
			return Secret{}, err
		}
		s := Secret{Deleted: aws.ToTime(out.DeletedDate)}
		for id, stages := range out.VersionIdsToStages {
			s.HasValue = s.HasValue || one.means(id, stages)
		}
		return s, nil
	})
	if fact.State == Known && fact.Value.HasValue && fact.Value.Deleted.IsZero() && keyed {
		fact.Value.Keys = look("secretsmanager:GetSecretValue", func() ([]string, error) { return r.keys(ctx, one) })
	}
	return fact
}

func (r reference) inItsRegion(o *secretsmanager.Options) { o.Region = r.region() }

// means tells whether a version is the one that is referred to.
func (r reference) means(id string, stages []string) bool {
	if r.id != "" && r.id != id {
		return false
	}
	if r.stage != "" {
		return slices.Contains(stages, r.stage)
	}
	return r.id != "" || slices.Contains(stages, "AWSCURRENT")
}

// keys of a secret's JSON object. The value goes no further than this function.
func (r Reader) keys(ctx context.Context, one reference) ([]string, error) {
	in := &secretsmanager.GetSecretValueInput{SecretId: &one.arn}
	if one.id != "" {
		in.VersionId = &one.id
	}
	if one.stage != "" {
		in.VersionStage = &one.stage
	}
	out, err := r.Secrets.GetSecretValue(ctx, in, one.inItsRegion)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &object) != nil {
		return nil, nil // no object: no keys
	}
	return slices.Sorted(maps.Keys(object)), nil
}

// parameters reads which parameters of a region are there.
func (r Reader) parameters(ctx context.Context, region string, arns []string) map[string]Fact[Secret] {
	invalid := look("ssm:GetParameters", func() ([]string, error) { return r.Parameters.InvalidParameters(ctx, region, arns) })
	all := map[string]Fact[Secret]{}
	for _, arn := range arns {
		switch {
		case invalid.State != Known:
			all[arn] = Fact[Secret]{State: Unknown, Operation: invalid.Operation, Denied: invalid.Denied, Err: invalid.Err}
		case slices.Contains(invalid.Value, arn):
			all[arn] = Fact[Secret]{State: Absent}
		default:
			all[arn] = Fact[Secret]{State: Known, Value: Secret{HasValue: true}}
		}
	}
	return all
}

package ecr

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

const typeName = "AWS::ECR::Repository"

// Types are the resource types of ECR:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html.
func (s *Service) Types() []resource.Type {
	return []resource.Type{{
		Name: typeName,
		Properties: resource.Properties{
			"EmptyOnDelete": resource.Bool,
			"EncryptionConfiguration": resource.Obj(resource.Properties{
				"EncryptionType": resource.Str.Must().OneOf("AES256", "KMS", "KMS_DSSE"),
				"KmsKey":         resource.Str,
			}).Fixed(),
			"ImageScanningConfiguration": resource.Obj(resource.Properties{"ScanOnPush": resource.Bool}),
			"ImageTagMutability":         resource.Str.OneOf(catalog.Mutable, catalog.Immutable, catalog.MutableWithExclusion, catalog.ImmutableWithExclusion),
			"ImageTagMutabilityExclusionFilters": resource.ListOf(resource.Obj(resource.Properties{
				"ImageTagMutabilityExclusionFilterType":  resource.Str.Must().OneOf("WILDCARD"),
				"ImageTagMutabilityExclusionFilterValue": resource.Str.Must(),
			})),
			"LifecyclePolicy": resource.Obj(resource.Properties{
				"LifecyclePolicyText": resource.Str,
				"RegistryId":          resource.Str,
			}),
			"RepositoryName":       resource.Str.Fixed(),
			"RepositoryPolicyText": resource.Any,
			"Tags":                 resource.Tags,
		},
		Named:       "RepositoryName",
		Attributes:  []string{"Arn", "RepositoryUri"},
		Takes:       3 * time.Second,
		Deletes:     3 * time.Second,
		Create:      s.createResource,
		Update:      s.updateResource,
		Delete:      s.deleteResource,
		Attribute:   s.attribute,
		Read:        s.readResource,
		Identifiers: []string{"RepositoryName"},
		Retag:       s.retagResource,
	}}
}

// properties of the resource.
type properties struct {
	EmptyOnDelete           bool
	EncryptionConfiguration struct {
		EncryptionType string
		KmsKey         string
	}
	ImageScanningConfiguration         struct{ ScanOnPush bool }
	ImageTagMutability                 string
	ImageTagMutabilityExclusionFilters []struct {
		ImageTagMutabilityExclusionFilterType  string
		ImageTagMutabilityExclusionFilterValue string
	}
	LifecyclePolicy struct {
		LifecyclePolicyText string
		RegistryId          string
	}
	RepositoryName       string
	RepositoryPolicyText any
	Tags                 []tag
}

func (p *properties) filters() []catalog.ExclusionFilter {
	var all []catalog.ExclusionFilter
	for _, f := range p.ImageTagMutabilityExclusionFilters {
		all = append(all, catalog.ExclusionFilter{FilterType: f.ImageTagMutabilityExclusionFilterType, Filter: f.ImageTagMutabilityExclusionFilterValue})
	}
	return all
}

// policy is the repository policy as text; a template gives an object, or a string that holds one.
func (p *properties) policy() (string, error) {
	switch v := p.RepositoryPolicyText.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	default:
		data, err := json.Marshal(v)
		return string(data), err
	}
}

func (s *Service) createResource(req resource.Request) (string, error) {
	p, err := resource.Decode[properties](req.Properties)
	if err != nil {
		return "", err
	}
	name := p.RepositoryName
	if name == "" {
		name = s.generateName(req)
	}
	r, err := s.catalog.Create(name, catalog.Settings{
		ImageTagMutability:                 p.ImageTagMutability,
		ImageTagMutabilityExclusionFilters: p.filters(),
		ImageScanningConfiguration:         catalog.Scanning(p.ImageScanningConfiguration),
		EncryptionConfiguration:            catalog.Encryption(p.EncryptionConfiguration),
	})
	if err != nil {
		return "", s.failure(err, name)
	}
	if err := s.configure(r, &p, req.Tags); err != nil {
		failed := s.failure(err, name)
		if err := s.catalog.Delete(r, true); err != nil { // a failed creation leaves nothing
			return "", err
		}
		return "", failed
	}
	return name, nil
}

// configure sets what can be changed after creation.
func (s *Service) configure(r *catalog.Repository, p *properties, stackTags map[string]string) error {
	if id := p.LifecyclePolicy.RegistryId; id != "" && id != s.catalog.Account.ID {
		return catalog.InvalidParameter("registryId", "%s is not the registry of this account", id)
	}
	policy, err := p.policy()
	if err != nil {
		return err
	}
	if err := s.catalog.SetLifecycle(r, p.LifecyclePolicy.LifecyclePolicyText); err != nil {
		return err
	}
	if err := s.catalog.SetPolicy(r, policy); err != nil {
		return err
	}
	tags := maps.Clone(stackTags)
	if tags == nil {
		tags = map[string]string{}
	}
	for k, v := range tagMap(p.Tags) {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return wire.Errorf("InvalidTagParameterException", "aws: prefixed tag key names are not allowed for external use.")
		}
		tags[k] = v
	}
	return s.catalog.Manage(r, p.EmptyOnDelete, tags)
}

// updateResource changes a repository in place. Where a property is refused, the repository is as before.
func (s *Service) updateResource(req resource.Request) error {
	r, err := s.catalog.Get("", req.PhysicalID)
	if err != nil {
		return s.failure(err, req.PhysicalID)
	}
	p, err := resource.Decode[properties](req.Properties)
	if err != nil {
		return err
	}
	before := *r
	before.Tags = maps.Clone(r.Tags)
	err = s.catalog.SetMutability(r, p.ImageTagMutability, p.filters())
	if err == nil {
		err = s.configure(r, &p, req.Tags)
	}
	if err != nil {
		*r = before
		return s.failure(err, req.PhysicalID)
	}
	s.catalog.SetScanning(r, catalog.Scanning(p.ImageScanningConfiguration))
	return nil
}

func (s *Service) deleteResource(req resource.Request) error {
	r, err := s.catalog.Get("", req.PhysicalID)
	if err != nil {
		return nil // gone already
	}
	return s.failure(s.catalog.Delete(r, r.EmptyOnDelete), r.Name)
}

func (s *Service) attribute(physicalID, name string) (any, error) {
	if _, err := s.catalog.Get("", physicalID); err != nil {
		return nil, s.failure(err, physicalID)
	}
	switch name {
	case "Arn":
		return s.catalog.ARN(physicalID), nil
	case "RepositoryUri":
		return s.catalog.URI(physicalID), nil
	}
	return nil, resource.Failed("InvalidRequest", "%s has no attribute %s", typeName, name)
}

// maxPart of a generated name, so that the whole stays within ECR's 256 characters.
const maxPart = 110

// generateName is the name that CloudFormation gives: stack, logical id and twelve random characters, in the
// letters that ECR allows.
func (s *Service) generateName(req resource.Request) string {
	var b strings.Builder
	for _, part := range []string{req.Stack, req.LogicalID} {
		clean := strings.Trim(strings.Map(func(c rune) rune {
			if c == '-' || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') {
				return c
			}
			return '-'
		}, strings.ToLower(part)), "-")
		b.WriteString(clean[:min(len(clean), maxPart)] + "-")
	}
	return b.String() + s.world.Hex(12)
}

// failure is how the resource's handler words an error of the API.
func (s *Service) failure(err error, name string) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	text := e.Message + " (Service: Ecr, Status Code: 400, Request ID: " + s.world.UUID() + ")"
	switch e.Code {
	case "RepositoryAlreadyExistsException":
		return resource.Failed("AlreadyExists", "Resource of type '%s' with identifier '%s' already exists.", typeName, name)
	case "RepositoryNotFoundException":
		return resource.Failed("NotFound", "Resource of type '%s' with identifier '%s' was not found.", typeName, name)
	case "InvalidParameterException", "InvalidTagParameterException", "TooManyTagsException":
		return resource.Failed("InvalidRequest", "%s", text)
	}
	return resource.Failed("GeneralServiceException", "%s", text)
}

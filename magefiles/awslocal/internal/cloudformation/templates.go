package cloudformation

import (
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
)

type getTemplateOutput struct {
	TemplateBody    string   `json:"TemplateBody"`
	StagesAvailable []string `json:"StagesAvailable"`
}

func (s *Service) getTemplate(_ ctx, in *struct {
	StackName     string `json:"StackName"`
	ChangeSetName string `json:"ChangeSetName"`
	TemplateStage string `json:"TemplateStage"`
}) (*getTemplateOutput, error) {
	stages := []string{"Original", "Processed"}
	if in.ChangeSetName != "" {
		if in.StackName == "" && !strings.HasPrefix(in.ChangeSetName, "arn:") {
			return nil, invalid("StackName is a required parameter.")
		}
		c, err := s.findChangeSet(in.ChangeSetName, in.StackName)
		if err != nil {
			return nil, err
		}
		return &getTemplateOutput{c.Next.Template, stages}, nil
	}
	if in.StackName == "" {
		return nil, invalid("StackName is required if ChangeSetName is not specified.")
	}
	st, err := s.findWithID(in.StackName)
	if err != nil {
		return nil, err
	}
	return &getTemplateOutput{st.Deployment.Template, stages}, nil
}

type templateParameter struct {
	ParameterKey string  `json:"ParameterKey"`
	DefaultValue *string `json:"DefaultValue,omitempty"`
	NoEcho       bool    `json:"NoEcho"`
	Description  string  `json:"Description,omitempty"`
}

type validateTemplateOutput struct {
	Parameters         []templateParameter `json:"Parameters"`
	Description        string              `json:"Description,omitempty"`
	Capabilities       []string            `json:"Capabilities,omitempty"`
	CapabilitiesReason string              `json:"CapabilitiesReason,omitempty"`
}

func (s *Service) validateTemplate(_ ctx, in *struct {
	TemplateBody string `json:"TemplateBody"`
	TemplateURL  string `json:"TemplateURL"`
}) (*validateTemplateOutput, error) {
	t, err := s.validated(in.TemplateBody, in.TemplateURL)
	if err != nil {
		return nil, err
	}
	out := &validateTemplateOutput{Description: t.Description}
	out.Capabilities, out.CapabilitiesReason = capabilities(t)
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		p := t.Parameters[name]
		out.Parameters = append(out.Parameters, templateParameter{name, p.Default, p.NoEcho, p.Description})
	}
	return out, nil
}

func (s *Service) validated(body, url string) (*template.Template, error) {
	switch {
	case url != "":
		return nil, invalid("TemplateURL must be a supported URL.")
	case body == "":
		return nil, invalid("Either Template URL or Template Body must be specified.")
	}
	if err := checkSize(body); err != nil {
		return nil, err
	}
	t, err := s.parse(body)
	if err != nil {
		return nil, err
	}
	return t, asInvalid(t.Validate(s.attributes))
}

// capabilities that a template needs, and why.
func capabilities(t *template.Template) ([]string, string) {
	need, types := needed(t)
	if need == "" {
		return nil, ""
	}
	return []string{need}, "The following resource(s) require capabilities: [" + strings.Join(types, ", ") + "]"
}

type parameterConstraints struct {
	AllowedValues []string `json:"AllowedValues,omitempty"`
}

type parameterDeclaration struct {
	ParameterKey         string               `json:"ParameterKey"`
	DefaultValue         *string              `json:"DefaultValue,omitempty"`
	ParameterType        string               `json:"ParameterType"`
	NoEcho               bool                 `json:"NoEcho"`
	Description          string               `json:"Description,omitempty"`
	ParameterConstraints parameterConstraints `json:"ParameterConstraints"`
}

type identifierSummary struct {
	ResourceType        string   `json:"ResourceType"`
	LogicalResourceIDs  []string `json:"LogicalResourceIds"`
	ResourceIdentifiers []string `json:"ResourceIdentifiers,omitempty"`
}

type getTemplateSummaryOutput struct {
	Parameters                  []parameterDeclaration `json:"Parameters"`
	Description                 string                 `json:"Description,omitempty"`
	Capabilities                []string               `json:"Capabilities,omitempty"`
	CapabilitiesReason          string                 `json:"CapabilitiesReason,omitempty"`
	ResourceTypes               []string               `json:"ResourceTypes"`
	Version                     string                 `json:"Version,omitempty"`
	Metadata                    string                 `json:"Metadata,omitempty"`
	ResourceIdentifierSummaries []identifierSummary    `json:"ResourceIdentifierSummaries"`
}

func (s *Service) getTemplateSummary(_ ctx, in *struct {
	TemplateBody string `json:"TemplateBody"`
	TemplateURL  string `json:"TemplateURL"`
	StackName    string `json:"StackName"`
}) (*getTemplateSummaryOutput, error) {
	body := in.TemplateBody
	if in.StackName != "" {
		st, err := s.findWithID(in.StackName)
		if err != nil {
			return nil, err
		}
		if st.Status == "REVIEW_IN_PROGRESS" {
			return nil, invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
		}
		body = st.Deployment.Template
	}
	t, err := s.validated(body, in.TemplateURL)
	if err != nil {
		return nil, err
	}
	out := &getTemplateSummaryOutput{Description: t.Description, Version: t.Version}
	out.Capabilities, out.CapabilitiesReason = capabilities(t)
	if t.Metadata != nil {
		out.Metadata = show(t.Metadata)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		p := t.Parameters[name]
		out.Parameters = append(out.Parameters, parameterDeclaration{name, p.Default, p.Type, p.NoEcho, p.Description, parameterConstraints{p.Allowed}})
	}
	byType := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		byType[t.Resources[name].Type] = append(byType[t.Resources[name].Type], name)
	}
	for _, typ := range slices.Sorted(maps.Keys(byType)) {
		out.ResourceTypes = append(out.ResourceTypes, typ)
		out.ResourceIdentifierSummaries = append(out.ResourceIdentifierSummaries, identifierSummary{typ, byType[typ], s.types[typ].Identifiers})
	}
	return out, nil
}

package cloudformation

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// named is the stack that bears the name, of those that are not deleted; or the one with the id, deleted or not.
func (s *Service) named(nameOrID string) *stack {
	if st := s.head(nameOrID); st != nil {
		return s.stack(st.ID)
	}
	return nil
}

// head is the stack that [Service.named] finds, without its body and to be looked at only.
func (s *Service) head(nameOrID string) *stack {
	if strings.HasPrefix(nameOrID, "arn:") {
		return s.state.Stacks.Look(nameOrID)
	}
	if n := s.state.Names.Look(nameOrID); n != nil {
		return s.state.Stacks.Look(n.StackID)
	}
	return nil
}

// stack is the stack with the id, deleted or not.
func (s *Service) stack(id string) *stack {
	st := s.state.Stacks.Get(id)
	if st != nil {
		s.whole(st)
	}
	return st
}

// whole completes a stack of those that [Service.stacks] looks at.
func (s *Service) whole(st *stack) { st.body = s.state.Bodies.Get(st.ID) }

// keep adds a stack.
func (s *Service) keep(st *stack) {
	s.state.Stacks.Put(st.ID, st)
	s.state.Bodies.Put(st.ID, st.body)
	s.state.Names.Put(st.Name, &named{st.ID})
}

// find is the stack, or the error that most operations give. Describing operations say it with other words: see
// findWithID.
func (s *Service) find(nameOrID string) (*stack, error) {
	if st := s.named(nameOrID); st != nil {
		return st, nil
	}
	return nil, invalid("Stack [%s] does not exist", nameOrID)
}

func (s *Service) findWithID(nameOrID string) (*stack, error) {
	if st := s.named(nameOrID); st != nil {
		return st, nil
	}
	return nil, invalid("Stack with id %s does not exist", nameOrID)
}

// findChangeSet is the change set with the ARN, or with the name in the stack.
func (s *Service) findChangeSet(nameOrID, stackName string) (*changeSet, error) {
	missing := &wire.Error{Code: "ChangeSetNotFound", Message: "ChangeSet [" + nameOrID + "] does not exist", Status: http.StatusNotFound}
	if strings.HasPrefix(nameOrID, "arn:") {
		if c := s.state.ChangeSets.Get(nameOrID); c != nil {
			return c, nil
		}
		return nil, missing
	}
	if stackName == "" {
		return nil, invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
	}
	st, err := s.find(stackName)
	if err != nil {
		return nil, err
	}
	for _, c := range s.changeSets(st) {
		if c.Name == nameOrID {
			return c, nil
		}
	}
	return nil, missing
}

// changeSets of a stack, the newest first.
func (s *Service) changeSets(st *stack) []*changeSet {
	var out []*changeSet
	for key := range s.state.Sets.Ascend(st.ID+"|", "") {
		out = append(out, s.state.ChangeSets.Get(strings.TrimPrefix(key, st.ID+"|")))
	}
	slices.SortFunc(out, func(a, b *changeSet) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func (s *Service) dropChangeSet(c *changeSet) {
	s.state.Sets.Delete(setKey(c))
	s.state.ChangeSets.Delete(c.ID)
}

// stacks that meet the condition, the newest first, without their bodies and to be looked at only.
func (s *Service) stacks(keep func(*stack) bool) []*stack {
	var out []*stack
	for _, st := range s.state.Stacks.All() {
		if keep(st) {
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b *stack) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func live(st *stack) bool { return st.Status != "DELETE_COMPLETE" }

var (
	namePattern       = lazyregexp.New(`^[a-zA-Z][-a-zA-Z0-9]*$`)
	nameOrARNPattern  = lazyregexp.New(`^([a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*)$`)
	tokenPattern      = lazyregexp.New(`^[a-zA-Z0-9][-a-zA-Z0-9]*$`)
	errConstraint     = "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s"
	errConstraintLong = "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have length less than or equal to %d"
)

// checkName holds a new stack's or change set's name against its rules.
func checkName(member, name string, limit int) error {
	if name == "" {
		return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
	}
	if !namePattern.MatchString(name) {
		return invalid(errConstraint, name, member, "[a-zA-Z][-a-zA-Z0-9]*")
	}
	if len(name) > limit {
		return invalid(errConstraintLong, name, member, limit)
	}
	return nil
}

func checkStackRef(name string) error {
	if name == "" {
		return invalid("1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null")
	}
	if !nameOrARNPattern.MatchString(name) {
		return invalid(errConstraint, name, "stackName", "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*")
	}
	return nil
}

func checkToken(token string) error {
	if token != "" && (!tokenPattern.MatchString(token) || len(token) > 128) {
		return invalid(errConstraint, token, "clientRequestToken", "[a-zA-Z0-9][-a-zA-Z0-9]*")
	}
	return nil
}

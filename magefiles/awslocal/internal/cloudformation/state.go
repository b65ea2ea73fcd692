package cloudformation

import (
	"fmt"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// state is everything that the service remembers.
type state struct {
	Stacks     sim.Table[*stack]     // by id (ARN), deleted ones too
	Bodies     sim.Table[*body]      // of stacks, likewise
	Names      sim.Table[*named]     // of stacks that are not deleted, by name
	Exports    sim.Table[*exported]  // by name
	Events     sim.Table[*event]     // by stack and number: see [eventKey]
	ChangeSets sim.Table[*changeSet] // by ARN
	Sets       sim.Table[*named]     // change sets, by stack and ARN: see [setKey]
	Detections sim.Table[*detection] // of drift, by id
}

func newState(w *sim.World) state {
	return state{
		Stacks: sim.NewTable[*stack](w, "cloudformation.stacks"), Bodies: sim.NewTable[*body](w, "cloudformation.bodies"),
		Names: sim.NewTable[*named](w, "cloudformation.names"), Exports: sim.NewTable[*exported](w, "cloudformation.exports"),
		Events: sim.NewTable[*event](w, "cloudformation.events"), ChangeSets: sim.NewTable[*changeSet](w, "cloudformation.changesets"),
		Sets:       sim.NewTable[*named](w, "cloudformation.sets"),
		Detections: sim.NewTable[*detection](w, "cloudformation.detections"),
	}
}

// named is who bears a name, and exported who gives out a value.
type (
	named    struct{ StackID string }
	exported struct{ StackID, Value string }
)

func setKey(c *changeSet) string { return c.StackID + "|" + c.ID }

// eventKey is the key of a stack's event, so that the keys are in the order of events.
func eventKey(stackID string, n int) string { return fmt.Sprintf("%s|%09d", stackID, n) }

// stack is one stack, from its first change set to after its deletion.
type stack struct {
	ID, Name    string
	Status      string
	Reason      string
	Created     time.Time
	Updated     time.Time
	Deleted     time.Time
	ChangeSetID string // of the last one that was executed
	Outputs     []output
	Events      int // how many there are
	face

	DisableRollback       bool
	RetainExceptOnCreate  bool
	TerminationProtection bool
	Timeout               int // minutes
	Drift                 stackDrift

	*body `json:"-"` // what a description does not need: see [Service.whole]
}

// face is what is described of a stack's body.
type face struct {
	Description   string
	Shown         []parameter // secret ones masked
	Notifications []string
	Capabilities  []string
	RoleARN       string
	Tags          []tag
	Latest        []operationEntry
}

// body is what a stack consists of, and what is done to it.
type body struct {
	Deployment Deployment
	Resources  map[string]*instance // by logical id
	Tokens     map[string]string    // client request tokens that were used, with what they were used for
	Operation  *operation           // the last one
	Operations []operationRecord    // oldest first
	Policy     string
}

// Deployment is what a stack is made from.
type Deployment struct {
	Template      string
	Parameters    map[string]string
	Resolved      map[string]string // values of the parameters that name one of the Systems Manager
	Tags          []tag
	Capabilities  []string
	Notifications []string
	RoleARN       string
}

// instance is a resource of a stack: one physical resource.
type instance struct {
	LogicalID, PhysicalID, Type         string
	Status, Reason                      string
	Updated                             time.Time
	Properties                          map[string]any    // resolved and checked
	Tags                                map[string]string // of the stack when it was made
	Needs                               []string          // logical ids
	DeletionPolicy, UpdateReplacePolicy string
	Metadata                            any
	Drift                               *resourceDriftRecord // nil: not checked as it is now
	Skipped                             bool                 // a rollback went on without it: it is not what the template says
}

// event is one line of a stack's history.
type event struct {
	ID, OperationID               string
	LogicalID, PhysicalID, Type   string
	Status, Reason, Token, Detail string
	Properties                    string // JSON
	Time                          time.Time
}

// operationRecord is an operation as DescribeEvents tells it.
type operationRecord struct {
	ID, Type, Status string
	Start, End       time.Time
}

// changeSet is one change set; a deleted one is forgotten.
type changeSet struct {
	ID, Name, Description string
	StackID, StackName    string
	Kind                  string // CREATE, UPDATE or IMPORT
	Token                 string
	Status, Reason        string
	Execution             string
	Created               time.Time
	Next                  Deployment
	Shown                 []parameter // of Next, as they are described
	OnStackFailure        string
	Changes               []change
	OperationID           string
	Problems              []validation
	Warning               string            // why some values could not be told
	Imports               map[string]string // physical ids of the resources to import, by logical id
	ImportExisting        bool              // also those that bear the names in the template
	Mode                  string            // empty, or revertDrift
}

// validation is an early validation error of a change set.
type validation struct{ LogicalID, Type, Path, Reason string }

type tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

type output struct {
	OutputKey   string `json:"OutputKey"`
	OutputValue string `json:"OutputValue"`
	Description string `json:"Description,omitempty"`
	ExportName  string `json:"ExportName,omitempty"`
}

// operation is what is being done to a stack, and enough of the past to undo it.
type operation struct {
	ID, Type, Token string
	Phase           string
	Steps           map[string]*step
	Before          *snapshot         // what a rollback returns to; nil where there was nothing
	Touched         map[string]string // what was done to which resource: the step's action by logical id
	Garbage         []*instance       // to be removed in the clean-up
	Retain          []string          // logical ids to leave behind on deletion
	KeepOnFailure   bool              // a failure stops, and nothing is undone
	DeleteOnFailure bool              // a failed creation removes the stack
	Imports         map[string]string // physical ids of the resources to import, by logical id
	Importing       bool              // the operation imports, and does nothing else
	Finished        bool
}

// snapshot is a stack at rest.
type snapshot struct {
	Deployment Deployment
	Outputs    []output
	Resources  map[string]*instance
}

// step is one resource's part in a phase of an operation.
type step struct {
	LogicalID string
	Action    string // one of the act… constants
	State     string // waiting, called, working, done, failed
	After     []string
	Token     string // names the step in failure reasons and wake-ups
	Since     time.Time
	Target    *instance // of remove
	Reason    string
}

package resource

// Kind of a property's value.
type Kind int

// The kinds. Numbers and booleans are also accepted as strings, as CloudFormation does.
const (
	String Kind = iota
	Integer
	Number
	Boolean
	JSON // an object of any form, such as a policy document
	List
	Map
	Object
)

// Update is what a change of the property asks for.
type Update int

// The ways to update, in the words of the resource reference.
const (
	InPlace     Update = iota // no interruption, or some
	Replace                   // replacement
	Conditional               // replacement, depending on the value
)

// Property is the schema of one value.
type Property struct {
	Kind     Kind
	Of       *Property  // element of a List or Map
	Fields   Properties // of an Object
	Required bool
	Update   Update
	Values   []string // allowed values of a String
	Min, Max float64  // bounds of an Integer or Number, where Max > Min
}

// Properties by name.
type Properties map[string]Property

// Constructors, so that a schema reads as a table.
var (
	Str  = Property{Kind: String}
	Int  = Property{Kind: Integer}
	Num  = Property{Kind: Number}
	Bool = Property{Kind: Boolean}
	Any  = Property{Kind: JSON}
	Strs = ListOf(Str)
	Tags = ListOf(Obj(Properties{"Key": Str.Must(), "Value": Str.Must()}))
)

// ListOf is a list of p.
func ListOf(p Property) Property { return Property{Kind: List, Of: &p} }

// MapOf is a map from strings to p.
func MapOf(p Property) Property { return Property{Kind: Map, Of: &p} }

// Obj is an object with these fields.
func Obj(fields Properties) Property { return Property{Kind: Object, Fields: fields} }

// Must is p, required.
func (p Property) Must() Property { p.Required = true; return p }

// Fixed is p, whose change replaces the resource.
func (p Property) Fixed() Property { p.Update = Replace; return p }

// Maybe is p, whose change may replace the resource.
func (p Property) Maybe() Property { p.Update = Conditional; return p }

// OneOf is p with these values only.
func (p Property) OneOf(values ...string) Property { p.Values = values; return p }

// Between is p within these bounds, both included.
func (p Property) Between(min, max float64) Property { p.Min, p.Max = min, max; return p }

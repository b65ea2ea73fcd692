// Package wire speaks AWS's protocols: Query with XML answers, and JSON 1.1. It turns requests into Go structs
// and structs into answers, and knows nothing of what an operation does.
//
// Structs use JSON tags for both protocols: a field's tag is the member's name, omitempty and omitzero hold.
// A member that a struct does not have is refused: an emulator that ignores what it was asked would lie.
package wire

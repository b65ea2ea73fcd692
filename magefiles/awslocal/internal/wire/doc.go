// Package wire speaks AWS's protocols: Query with XML answers, EC2's variant of it, and JSON 1.1. It turns
// requests into Go structs and structs into answers, and knows nothing of what an operation does.
//
// Structs use JSON tags for all protocols: a field's tag is the member's name, omitempty and omitzero hold, and
// the members of an embedded struct are the outer one's. A member that a struct does not have is refused: an
// emulator that ignores what it was asked would lie. An operation that no service has is refused with status 501
// and its name, in the form that its client reads, also in the protocols that are not spoken here (rpc-v2-cbor, the
// REST ones).
//
// None of the services has the trait awsQueryCompatible or checksums of answers (x-amz-crc32 is DynamoDB's), so
// neither is here. There is no CORS: a web page has no business with it.
//
// Imported by services, awslocal, awstest, catalog and registry.
package wire

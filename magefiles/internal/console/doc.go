// Package console is everything that a person or a CI log sees: progress lines, results, and failures that say
// what, why, the evidence and the next command.
//
// Results go to stdout and nothing else does. It does not know AWS, and it decides nothing.
//
// Imported by targets.
package console

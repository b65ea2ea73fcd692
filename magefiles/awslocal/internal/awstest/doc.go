// Package awstest helps the tests of the embedded services: a world whose clock is moved by hand, services on a
// loopback address, the SDK's configuration for it, and the aws CLI as a judge.
//
// It knows how a service is put on an address, and does not know what it does. Imported by tests.
package awstest

// Package engine asks a container engine of this machine that speaks Docker's API, as Docker and Podman do: plain HTTP over a socket.
//
// [Find] looks where such sockets are. An [Engine] runs a [Container] in an image that holds nothing, so that everything in it is mounted, and
// removes what it has.
//
// It knows the API, and does not know what is run in the container or why. Imported by awslocal.
package engine

// Package catalog is the model behind ECR: repositories, the images and tags in them, which blobs each
// repository has, and the rules of AWS about them (tag immutability, what a manifest needs, what deleting
// means). ECR's API and the registry are two faces of it.
//
// All of it runs inside a transaction of the simulated world, and its errors carry ECR's own codes and texts.
// The state holds what is needed to answer; manifests and blobs themselves lie in files (package blobs).
//
// Deleting is mark and sweep: a blob that no image of its repository needs any more leaves the repository at
// once, and the files that no repository has are removed by an event that follows immediately. A blob that was
// uploaded and never became part of an image stays until its repository goes. A push that found a layer present
// just before another client deleted the last image with it is refused at its manifest, and uploads the layer
// when it is repeated.
//
// It knows what is in which repository. It does not know HTTP, tokens or the protocols of its two faces. Imported by ecr and
// registry.
package catalog

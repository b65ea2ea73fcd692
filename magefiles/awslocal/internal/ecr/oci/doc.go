// Package oci is the grammar of an image registry: names, tags, digests, references and manifests, as the OCI
// distribution spec v1.1 and the OCI image spec v1.1 define them. Whatever a client says passes through here
// before it becomes a map key or a path.
//
// It knows no repository and no file. Digests other than SHA-256 are refused, as ECR refuses them.
//
// Imported by blobs, catalog, ecr and registry.
package oci

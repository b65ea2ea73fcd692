// Package registry serves the account's image registry under /v2/: the OCI distribution spec v1.1
// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md) with ECR's rules and texts.
//
// Basic authentication with a token of GetAuthorizationToken; repositories exist before anything is pushed to
// them; tags may be immutable. A blob streams to or from its file while no transaction is held; only its entry
// in the repository, like that of a manifest, is one.
//
// What it does not do: bearer tokens, deleting single blobs (ECR does not either; images are deleted and take
// their blobs along), converting manifests to a type that a client prefers, schema 1 manifests, and warnings.
//
// go-containerregistry has a registry too (pkg/registry). That one keeps manifests in the memory of one process,
// which two processes on one state folder cannot share, knows no credentials and no immutable tags, and makes
// repositories as they are named.
//
// Imported by ecr.
package registry

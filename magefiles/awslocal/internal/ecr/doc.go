// Package ecr is the embedded Elastic Container Registry: the API (JSON 1.1), the resource type
// AWS::ECR::Repository, the registry itself (package registry, under /v2/), and what a task sees when it pulls.
//
// A repository's URI is ACCOUNT.dkr.ecr.REGION.localhost/NAME: the same in every run, and no address. Clients
// find the address in the proxy endpoint of GetAuthorizationToken.
//
// It keeps and returns, but does not carry out: lifecycle policies, repository policies, scanning, encryption.
// It does not have: layer uploads through the API (push to the registry), replication, pull-through caches,
// archived images, scan findings, signing, registry-wide settings.
//
// It knows repositories by their names. It does not know tasks: what one sees when it pulls is a question that ecs asks.
// Imported by awslocal and supervisor.
package ecr

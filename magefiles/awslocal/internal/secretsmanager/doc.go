// Package secretsmanager is the embedded Secrets Manager: secrets with versions and stages, and their deletion after
// a time. It encrypts nothing: what is stored here is no secret.
//
// It has no rotation, replication or policies, and refuses what asks for them.
//
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
//
// It knows secrets by name and ARN, and does not know who reads them. Imported by awslocal.
package secretsmanager

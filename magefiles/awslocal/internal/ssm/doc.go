// Package ssm is the part of the embedded Systems Manager that tasks use: the parameters of Parameter Store. It
// encrypts nothing: the value of a SecureString that is read without decryption is made up.
//
// It has no hierarchies, labels, policies or histories, and refuses what asks for them.
//
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html
//
// It knows parameters by name, and does not know who reads them. Imported by awslocal.
package ssm

// Package sts is the embedded Security Token Service: it says who the caller is, which is always the same user.
//
// It has no credentials to give: AssumeRole and the like are refused.
package sts

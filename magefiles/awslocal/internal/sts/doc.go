// Package sts is the embedded Security Token Service: it says who the caller is, which is always the same user.
//
// It has no credentials to give: AssumeRole and the like are refused.
//
// It knows the one caller that there is, and does not know policies. Imported by awslocal.
package sts

// Package targets holds what each Mage target does: connect, look, decide, act, report. The namespaces of the
// module's root are names for its methods.
//
// It joins the others: templates from cfn, stacks from stack, images from image, the watch over a deployment
// from rollout, the embedded AWS from awslocal. Every failure leaves here as one message with its exit code.
//
// It knows every room, and in which order they are needed. It does not know protocols, templates or registries: what it says
// of them is what the rooms say. Imported by splitecs.
package targets

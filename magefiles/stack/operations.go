package stack

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Operation is a creation, an update or a deletion of a stack.
type Operation struct {
	Began time.Time
	Ended time.Time         // zero while it is under way
	Last  types.StackStatus // the status it has reached, e.g. UPDATE_ROLLBACK_COMPLETE
	// Who began it and Doing what, as far as its token tells: in the words of [Spec.Author], with hyphens for what a
	// token cannot have. Empty for what another tool began.
	Who, Doing string
	// Why it failed: the event that tells the cause. Its Status is empty where nothing failed.
	Why Event
	// Resources are the statuses that the resources it has come to have reached, by logical id.
	Resources map[string]types.ResourceStatus
}

// Operations are the latest operations on a stack, newest first, at most so many. Events are kept for 90 days.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
func (s *Stacks) Operations(ctx context.Context, name string, most int) ([]Operation, error) {
	var events []Event // newest first
	pages := cloudformation.NewDescribeStackEventsPaginator(s.API, &cloudformation.DescribeStackEventsInput{StackName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil, &NotFoundError{Stack: name}
		}
		if err != nil {
			return nil, operation("describe events of", name, err)
		}
		for _, in := range page.StackEvents {
			events = append(events, eventFromAPI(in))
		}
		if found := operations(events); len(found) > most {
			return found[:most], nil // the last one of all may lack its beginning
		}
	}
	found := operations(events)
	return found[:min(len(found), most)], nil
}

// operations that the events of a stack, newest first, tell of; newest first. Pure.
func operations(events []Event) []Operation {
	var found []Operation
	open := false
	var own []Event // of the operation so far
	for _, e := range slices.Backward(events) {
		own = append(own, e)
		if !e.OfStack {
			if open {
				found[len(found)-1].reached(e)
			}
			continue
		}
		status := types.StackStatus(e.Status)
		if status == types.StackStatusReviewInProgress {
			continue // a change set was made, and nothing done
		}
		if !open {
			found = append(found, Operation{Began: e.Time})
			open, own = true, []Event{e}
		}
		now := &found[len(found)-1]
		now.Last = status
		if now.Who == "" {
			now.Who, now.Doing = signatureOf(e.Token)
		}
		now.Why, _ = causeOf(own)
		if !underWay(status) {
			now.Ended, open = e.Time, false
		}
	}
	slices.Reverse(found)
	return found
}

// reached notes the status that an event tells of a resource.
func (o *Operation) reached(e Event) {
	if o.Resources == nil {
		o.Resources = map[string]types.ResourceStatus{}
	}
	o.Resources[e.Resource] = types.ResourceStatus(e.Status)
}

// unfit is what a token cannot have.
var unfit = lazyregexp.New(`[^A-Za-z0-9]+`)

// maxToken is the length of a client request token.
const maxToken = 128

// signed is a token that also tells who asked, and for what: the first and the last part of an author. Pure.
func signed(token, author string) string {
	if author == "" {
		return token
	}
	parts := strings.Split(author, ", ")
	for _, part := range []string{parts[0], parts[len(parts)-1]} {
		token += "--" + strings.Trim(unfit.ReplaceAllString(part, "-"), "-")
	}
	return strings.TrimRight(token[:min(len(token), maxToken)], "-")
}

// signatureOf a token that [signed] made; empty of any other. Pure.
func signatureOf(token string) (who, doing string) {
	parts := strings.Split(token, "--")
	if len(parts) != 3 || !strings.HasPrefix(token, "splitecs-") {
		return "", ""
	}
	return parts[1], parts[2]
}

package ecr

import (
	"encoding/base64"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
)

// Page sizes of the listing operations (API_DescribeImages, API_ListImages, API_DescribeRepositories).
const defaultPage, maxPage = 100, 1000

// page cuts items, sorted by key, behind the key that the token names. A token outlives changes: it says behind
// what to go on, not at which number.
func page[T any](items []T, key func(T) string, token string, size int) (part []T, next string, err error) {
	if size < 0 || size > maxPage {
		return nil, "", catalog.InvalidParameter("maxResults", "Member must have value less than or equal to %d", maxPage)
	}
	if size == 0 {
		size = defaultPage
	}
	if token != "" {
		after, err := base64.URLEncoding.DecodeString(token)
		if err != nil || len(after) == 0 {
			return nil, "", catalog.InvalidParameter("nextToken", "Invalid token")
		}
		at := slices.IndexFunc(items, func(i T) bool { return key(i) > string(after) })
		if at < 0 {
			at = len(items)
		}
		items = items[at:]
	}
	if len(items) <= size {
		return items, "", nil
	}
	return items[:size], base64.URLEncoding.EncodeToString([]byte(key(items[size-1]))), nil
}

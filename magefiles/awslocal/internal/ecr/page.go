package ecr

import (
	"encoding/base64"
	"iter"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
)

// Page sizes of the listing operations (API_DescribeImages, API_ListImages, API_DescribeRepositories).
const defaultPage, maxPage = 100, 1000

// page cuts items, sorted by key, behind the key that the token names. A token outlives changes: it says behind
// what to go on, not at which number. items are those from a key on, and may be some before.
func page[T any](items func(from string) iter.Seq[T], key func(T) string, token string, size int) (part []T, next string, err error) {
	if size < 0 || size > maxPage {
		return nil, "", catalog.InvalidParameter("maxResults", "Member must have value less than or equal to %d", maxPage)
	}
	if size == 0 {
		size = defaultPage
	}
	after, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		return nil, "", catalog.InvalidParameter("nextToken", "Invalid token")
	}
	for i := range items(string(after)) {
		if len(part) == size {
			return part, base64.URLEncoding.EncodeToString([]byte(key(part[size-1]))), nil
		}
		if key(i) > string(after) {
			part = append(part, i)
		}
	}
	return part, "", nil
}

package image

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// redirect is one of next.config, or of Next.js itself.
type redirect struct {
	Destination string `json:"destination"`
	Regex       string `json:"regex"`
	Status      int    `json:"statusCode"`
	Internal    bool   `json:"internal"` // of Next.js: slashes at the end
	Has         []any  `json:"has"`      // conditions, which a health check may meet or not
	Missing     []any  `json:"missing"`
}

// redirected warns of an address, below basePath, that the application answers with a redirect, which the load balancer
// takes for a failure.
func (b *nextBuild) redirected(base, address string, known []redirect) string {
	if to := b.slashed(address); to != address {
		return fmt.Sprintf("the application answers %s with a redirect to %s (trailingSlash), which the load balancer takes for a failure: set Container.HealthCheckPath to %s",
			base+address, base+to, base+to)
	}
	for _, r := range known {
		// Go knows no look-ahead, by which redirects leave out the assets.
		expression, err := regexp.Compile(strings.Replace(r.Regex, "(?!/_next)", "", 1))
		if r.Internal || len(r.Has)+len(r.Missing) > 0 || err != nil || strings.HasPrefix(address, "/_next") || !expression.MatchString(address) {
			continue
		}
		return fmt.Sprintf("the application answers %s with a redirect to %s, which the load balancer takes for a failure: set Container.HealthCheckPath to a path that answers 200", base+address, r.Destination)
	}
	return ""
}

// slashed is the address to which Next.js redirects one that ends with a slash, or that does not where trailingSlash is
// set; else the address itself. https://nextjs.org/docs/app/api-reference/config/next-config-js/trailingSlash
func (b *nextBuild) slashed(address string) string {
	switch {
	case b.anySlash || address == "/":
		return address
	case !b.slash:
		return strings.TrimSuffix(address, "/")
	case strings.HasSuffix(address, "/") || strings.Contains(path.Base(address), ".") || strings.HasPrefix(address, "/.well-known/"):
		return address
	}
	return address + "/"
}

// prerenderedRedirect warns of a page that the build rendered, and that redirects.
func (b *nextBuild) prerenderedRedirect(base, address string) string {
	name := strings.Trim(address, "/")
	if name == "" {
		name = "index"
	}
	var meta struct {
		Status  int `json:"status"`
		Headers struct {
			Location string `json:"location"`
		} `json:"headers"`
	}
	if !b.read(&meta, "server", "app", name+".meta") || meta.Status < 300 || meta.Status > 399 {
		return ""
	}
	return fmt.Sprintf("the page %s answers %d, a redirect to %s, which the load balancer takes for a failure: set Container.HealthCheckPath to a path that answers 200",
		base+address, meta.Status, meta.Headers.Location)
}

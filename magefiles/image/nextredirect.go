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
func (r *Routes) redirected(address string) string {
	base := r.BasePath
	if to := r.slashed(address); to != address {
		return redirectedFor(base+address, base+to)
	}
	for _, one := range r.Redirects {
		expression, err := regexp.Compile(one.Pattern)
		if err != nil || strings.HasPrefix(address, "/_next") || !expression.MatchString(r.whole(address)) {
			continue
		}
		what := "application answers " + r.whole(address) + " with"
		if one.Status != 0 {
			what = fmt.Sprintf("page %s answers %d,", r.whole(address), one.Status)
		}
		return fmt.Sprintf("the %s a redirect to %s, which the load balancer takes for a failure: set Container.HealthCheckPath to a path that answers 200", what, one.To)
	}
	return ""
}

// redirectedFor warns of an address that has a slash at its end and should not, or the other way.
func redirectedFor(address, to string) string {
	return fmt.Sprintf("the application answers %s with a redirect to %s (trailingSlash), which the load balancer takes for a failure: set Container.HealthCheckPath to %s", address, to, to)
}

// slashed is the address to which Next.js redirects one that ends with a slash, or that does not where trailingSlash is
// set; else the address itself. https://nextjs.org/docs/app/api-reference/config/next-config-js/trailingSlash
func (r *Routes) slashed(address string) string {
	switch {
	case r.Slash == "" || address == "/":
		return address
	case r.Slash == "never":
		return strings.TrimSuffix(address, "/")
	case strings.HasSuffix(address, "/") || strings.Contains(path.Base(address), ".") || strings.HasPrefix(address, "/.well-known/"):
		return address
	}
	return address + "/"
}

// prerenderedRedirect is where a page that the build rendered redirects to; the status is 0 where it does not.
func (b *nextBuild) prerenderedRedirect(address string) (to string, status int) {
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
		return "", 0
	}
	return meta.Headers.Location, meta.Status
}

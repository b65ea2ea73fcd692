package image

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// routes is what `next build` tells of the addresses that the application answers.
type routes struct {
	BasePath string  `json:"basePath"`
	Static   []route `json:"staticRoutes"`
	Dynamic  []route `json:"dynamicRoutes"`
	// Rewrites are a list in older versions, and three of them in others.
	Rewrites  any        `json:"rewrites"`
	Redirects []redirect `json:"redirects"`
}

type route struct {
	Page  string `json:"page"`
	Regex string `json:"regex"`
}

// Routes are the addresses that a Next.js application answers, below its basePath.
type Routes struct {
	BasePath string   `json:"basePath,omitempty"`
	Pages    []string `json:"pages"`              // "/", "/api/health"
	Patterns []string `json:"patterns,omitempty"` // expressions of dynamic ones
	// Redirects that hold whatever a request has besides.
	Redirects []Redirect `json:"redirects,omitempty"`
	// Slash is "always" or "never" where an address without a slash at its end, or with one, is redirected.
	Slash string `json:"slash,omitempty"`
	// More: a rewrite or a middleware may answer whatever is not here.
	More bool `json:"more,omitempty"`
}

// Redirect is one of addresses.
type Redirect struct {
	Pattern string `json:"pattern"` // of the whole path, with basePath
	To      string `json:"to"`
	Status  int    `json:"status,omitempty"` // of a page that redirects
}

// routes reads them out of the build. What is in public, and pages that redirect, are looked for at healthPath alone.
func (b *nextBuild) routes(healthPath string) *Routes {
	var known routes
	if !b.read(&known, "routes-manifest.json") || len(known.Static) == 0 {
		return nil
	}
	r := &Routes{BasePath: known.BasePath, More: b.rewrites(known.Rewrites), Slash: "never"}
	switch {
	case b.anySlash:
		r.Slash = ""
	case b.slash:
		r.Slash = "always"
	}
	for _, s := range known.Static {
		r.Pages = append(r.Pages, s.Page)
	}
	for _, d := range known.Dynamic {
		r.Patterns = append(r.Patterns, d.Regex)
	}
	for _, one := range known.Redirects {
		if one.Internal || len(one.Has)+len(one.Missing) > 0 {
			continue
		}
		// Go knows no look-ahead, by which redirects leave out the assets.
		r.Redirects = append(r.Redirects, Redirect{Pattern: strings.Replace(one.Regex, "(?!"+r.BasePath+"/_next)", "", 1), To: one.Destination})
	}
	address, inside := r.address(healthPath)
	if !inside {
		return r
	}
	if isFile(b.dir, "public", filepath.FromSlash(address)) {
		r.Pages = append(r.Pages, address)
	}
	if to, status := b.prerenderedRedirect(address); status != 0 {
		r.Redirects = append(r.Redirects, Redirect{Pattern: "^" + regexp.QuoteMeta(r.whole(address)) + "$", To: to, Status: status})
	}
	return r
}

// address is what is asked for below basePath; false where a path is outside of that.
func (r *Routes) address(healthPath string) (address string, inside bool) {
	base := r.BasePath
	address, inside = strings.CutPrefix(healthPath, base)
	address, _, _ = strings.Cut(address, "?")
	if !inside || base != "" && address != "" && address[0] != '/' {
		return "", false
	}
	if address == "" {
		address = "/"
	}
	return address, true
}

// whole is the path of an address below basePath.
func (r *Routes) whole(address string) string {
	if r.BasePath != "" && address == "/" {
		return r.BasePath
	}
	return r.BasePath + address
}

// maxRoutes is how long the routes may be in a label, which stands in the configuration and in the manifest.
const maxRoutes = 8 << 10

// short is r, or nil where it is too long for a label.
func (r *Routes) short() *Routes {
	if text, err := json.Marshal(r); err != nil || len(text) > maxRoutes {
		return nil
	}
	return r
}

// Unanswered says why the application does not answer a path, asked for by a health check, with 200, and behind ": " what to
// do about it; empty where it may.
func (p *Program) Unanswered(healthPath string) string {
	if p == nil || p.Routes == nil || healthPath == "" {
		return ""
	}
	return p.Routes.unanswered(healthPath)
}

func (r *Routes) unanswered(healthPath string) string {
	base := r.BasePath
	address, inside := r.address(healthPath)
	if !inside {
		return fmt.Sprintf("the application answers below basePath %s only, and the health check asks for %s: set Container.HealthCheckPath to %s",
			base, healthPath, path.Join(base, healthPath))
	}
	asked, _, _ := strings.Cut(healthPath, "?")
	if slash := map[string]string{"never": "/", "always": ""}; base != "" && r.Slash != "" && asked == base+slash[r.Slash] {
		right := r.whole("/")
		if r.Slash == "always" {
			right += "/"
		}
		return redirectedFor(asked, right)
	}
	if warning := r.redirected(address); warning != "" {
		return warning
	}
	// A file of public/ is not among the routes.
	if r.More || strings.Contains(path.Base(address), ".") || slices.ContainsFunc(r.Pages, func(page string) bool { return samePage(page, address) }) {
		return ""
	}
	for _, pattern := range r.Patterns {
		if expression, err := regexp.Compile(pattern); err != nil || expression.MatchString(address) { // one that Go does not know may be it
			return ""
		}
	}
	var there []string
	for _, page := range r.Pages {
		if !strings.HasPrefix(page, "/_") {
			there = append(there, base+strings.TrimSuffix(page, "/"))
		}
	}
	return fmt.Sprintf("no route of the build answers %s, which the health check asks for (it has %s): add app%s/route.js, or set Container.HealthCheckPath",
		healthPath, orNone(there), strings.TrimSuffix(address, "/"))
}

// samePage tells whether an address is that of a page, with or without a slash at its end.
func samePage(page, address string) bool {
	return page == address || strings.TrimSuffix(page, "/") == strings.TrimSuffix(address, "/")
}

func orNone(names []string) string {
	const shown = 6
	var told []string
	for _, n := range names[:min(len(names), shown)] {
		if n == "" {
			n = "/"
		}
		told = append(told, n)
	}
	if len(names) > shown {
		told = append(told, "…")
	}
	if len(told) == 0 {
		return "no static ones"
	}
	return strings.Join(told, ", ")
}

// rewrites tells whether something may answer in a route's place.
func (b *nextBuild) rewrites(list any) bool {
	switch l := list.(type) {
	case []any:
		if len(l) > 0 {
			return true
		}
	case map[string]any:
		for _, part := range l {
			if some, is := part.([]any); is && len(some) > 0 {
				return true
			}
		}
	}
	var middleware struct {
		Middleware map[string]any `json:"middleware"`
	}
	var functions struct {
		Functions map[string]any `json:"functions"`
	}
	if b.read(&middleware, "server", "middleware-manifest.json") && len(middleware.Middleware) > 0 {
		return true
	}
	return b.read(&functions, "server", "functions-config-manifest.json") && functions.Functions["/_middleware"] != nil
}

package balancer

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
)

// titles are an Application Load Balancer's own, where they differ from net/http's.
var titles = map[int]string{
	http.StatusMethodNotAllowed:   "Not Allowed",
	http.StatusRequestTimeout:     "Request Time-out",
	http.StatusRequestURITooLong:  "Request-URI Too Large",
	http.StatusServiceUnavailable: "Service Temporarily Unavailable",
	http.StatusGatewayTimeout:     "Gateway Time-out",
}

// page is the body of an answer of the load balancer itself.
func page(status int) string {
	title := strings.TrimSpace(strconv.Itoa(status) + " " + cmp.Or(titles[status], http.StatusText(status)))
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n"
}

// own sends an answer of the load balancer itself.
func (l *listener) own(w http.ResponseWriter, status int, contentType, body string) {
	h := w.Header()
	h["Server"] = []string{"awselb/2.0"}
	if contentType != "" {
		h["Content-Type"] = []string{contentType}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if l != nil {
		l.dress(h)
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // net/http leaves it out for HEAD
}

// dress changes an answer's header as the listener's attributes say.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
func (l *listener) dress(h http.Header) {
	for name, value := range l.Attributes.ResponseHeaders {
		if value != "" {
			h.Set(name, value)
		}
	}
	if l.Attributes.HideServer {
		delete(h, "Server")
	}
}

// fixed sends a fixed response.
func (l *listener) fixed(w http.ResponseWriter, f *Fixed) {
	l.own(w, f.Status, cmp.Or(f.ContentType, "text/plain; charset=utf-8"), f.Body)
}

// redirect sends a request elsewhere, and tells where.
func (l *listener) redirect(w http.ResponseWriter, r *http.Request, d *Redirect) string {
	to := l.location(r, d)
	w.Header().Set("Location", to)
	l.own(w, d.Status, "text/html", page(d.Status))
	return to
}

// location fills in what of a redirect is the request's own.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions
func (l *listener) location(r *http.Request, d *Redirect) string {
	filled := strings.NewReplacer(
		"#{protocol}", l.proto, "#{host}", hostname(r.Host), "#{port}", strconv.Itoa(l.Port),
		"#{path}", strings.TrimPrefix(rawPath(r), "/"), "#{query}", r.URL.RawQuery,
	)
	to := strings.ToLower(filled.Replace(cmp.Or(d.Protocol, "#{protocol}"))) + "://" + filled.Replace(cmp.Or(d.Host, "#{host}")) +
		":" + filled.Replace(cmp.Or(d.Port, "#{port}")) + filled.Replace(cmp.Or(d.Path, "/#{path}"))
	if query := filled.Replace(cmp.Or(d.Query, "#{query}")); query != "" {
		to += "?" + query
	}
	return to
}

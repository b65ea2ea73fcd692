package balancer

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Record is what an access log tells of a request. Bytes are counted with headers, which are estimated from what was read.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-syntax
type Record struct {
	Type         string // http, https, ws, wss
	Time         time.Time
	LoadBalancer string
	Client       string
	Target       netip.AddrPort // zero: none was asked
	// Until the request was sent, until the answer's header, until the answer began; negative where it did not come to it.
	RequestTime, TargetTime, ResponseTime time.Duration
	Status, TargetStatus                  int // 0: none
	Received, Sent                        int64
	Request, UserAgent                    string
	TargetGroup, TraceID                  string
	Priority                              int // of the rule; 0: the default, -1: none
	Created                               time.Time
	Action, Redirect                      string
}

// record is what there is to tell of an exchange that has ended.
func (x *exchange) record(now time.Time) Record {
	r := x.request
	out := Record{
		Type: "http", Time: now, Client: r.RemoteAddr, RequestTime: -1, TargetTime: -1, ResponseTime: -1,
		Status: cmp.Or(x.status, x.counted.status), TargetStatus: x.targetStatus,
		Received: headerSize(r.Header) + int64(len(r.Method)+len(r.RequestURI)+len(r.Proto)+len(r.Host)+len("  \r\nHost: \r\n\r\n")),
		Sent:     x.counted.bytes + headerSize(x.counted.Header()) + int64(len("HTTP/1.1 200 OK\r\n\r\n")),
		Request:  r.Method + " - " + r.Proto, UserAgent: r.UserAgent(), TraceID: x.trace, Priority: -1, Created: x.began, Redirect: x.redirected,
	}
	if l := x.listener; l != nil {
		if l.HTTPS {
			out.Type = "https"
		}
		out.LoadBalancer = l.LoadBalancer
		out.Request = fmt.Sprintf("%s %s://%s:%d%s %s", r.Method, l.proto, hostname(r.Host), l.Port, r.URL.RequestURI(), r.Proto)
	}
	if x.rule != nil {
		out.Priority = x.rule.priority
		switch {
		case x.rule.action.Fixed != nil:
			out.Action = "fixed-response"
		case x.rule.action.Redirect != nil:
			out.Action = "redirect"
		default:
			out.Action = "forward"
		}
	}
	if x.group != nil {
		out.TargetGroup = x.group.ARN
	}
	if x.backend != nil {
		out.Target = x.backend.address
	}
	if x.upload != nil {
		out.Received += x.upload.bytes.Load()
	}
	if !x.answered.IsZero() {
		out.RequestTime, out.TargetTime, out.ResponseTime = x.sent.Sub(x.began), x.answered.Sub(x.sent), 0
	}
	if x.upgraded != nil {
		out.Type = map[string]string{"http": "ws", "https": "wss"}[out.Type]
		out.Received, out.Sent = x.upgraded.received.Load(), x.upgraded.sent.Load()
	}
	return out
}

func headerSize(h http.Header) int64 {
	var n int64
	for name, values := range h {
		for _, v := range values {
			n += int64(len(name) + len(v) + len(": \r\n"))
		}
	}
	return n
}

// String is the line of an access log.
func (r Record) String() string {
	target := "-"
	if r.Target.IsValid() {
		target = r.Target.String()
	}
	return strings.Join([]string{
		r.Type, stamp(r.Time), dash(r.LoadBalancer), r.Client, target,
		seconds(r.RequestTime), seconds(r.TargetTime), seconds(r.ResponseTime), number(r.Status), number(r.TargetStatus),
		strconv.FormatInt(r.Received, 10), strconv.FormatInt(r.Sent, 10), quoted(r.Request), quoted(r.UserAgent), "-", "-",
		dash(r.TargetGroup), quoted(r.TraceID), `"-"`, `"-"`, priority(r.Priority), stamp(r.Created),
		quoted(r.Action), quoted(r.Redirect), `"-"`, quoted(strings.Trim(target, "-")), quoted(strings.Trim(number(r.TargetStatus), "-")),
		`"-"`, `"-"`, "-",
	}, " ")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func dash(s string) string { return cmp.Or(s, "-") }

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func priority(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func seconds(d time.Duration) string {
	if d < 0 {
		return "-1"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
}

// quoted is a text between quotes; what would end it is encoded.
func quoted(s string) string {
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c < ' ' || c > '~':
			fmt.Fprintf(&out, `\x%02X`, c)
		default:
			out.WriteByte(c)
		}
	}
	return `"` + dash(out.String()) + `"`
}

// counter counts what an answer has.
type counter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController flush and hijack.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counter) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

package confidential

import (
	"net/url"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// urlPattern finds the beginning of a URL up to its authority's end as far as that is certain: to a blank, a quotation mark or
// an angle bracket. The password of a URL that nobody encoded may have a slash, a question mark or an @ in it.
var urlPattern = lazyregexp.New("[A-Za-z][A-Za-z0-9+.-]*:(?:\\\\?/){2}[^\\s\"'`<>]*")

// dsnPattern is a data source name as drivers of Go have it, user:password@tcp(host)/name, also one of the local host, or with a
// host and its port alone. https://github.com/go-sql-driver/mysql#dsn-data-source-name
var dsnPattern = lazyregexp.New(`([^\s:/@"'=]*):([^\s"']+)@(?:(?:tcp6?|tcp4|unix|udp|cloudsql)\(|/[\w-]+(?:\?|$|[\s"'])|[A-Za-z0-9.-]+:[0-9]{2,5}/[\w-])`)

// userinfo finds what stands for a user in a URL: from and to are its place; to is that of the @. ok is false where there is
// none.
func userinfo(u string) (from, to int, ok bool) {
	from = strings.Index(u, "/") + 1
	from += strings.Index(u[from:], "/") + 1
	rest := u[from:]
	end := strings.IndexAny(rest, "/?#\\,;(){}|")
	if end < 0 {
		end = len(rest)
	}
	if at := strings.LastIndex(rest[:end], "@"); at >= 0 {
		// What follows may be the rest of a password yet, user:a@b/c@host, unless it begins a part of a path: /@scope.
		if further := strings.LastIndex(rest, "@"); further > end && rest[further-1] != '/' && strings.Contains(rest[:at], ":") {
			return from, from + further, true
		}
		return from, from + at, true
	}
	// A port is a number. What is none, and has an @ behind it, is a password with a slash in it.
	_, port, has := strings.Cut(rest[:end], ":")
	at := strings.LastIndex(rest, "@")
	if !has || at < 0 || port == "" || strings.HasPrefix(rest, "[") || strings.Trim(port, "0123456789") == "" {
		return 0, 0, false
	}
	return from, from + at, true
}

// redactURLs hides who logs in by a URL: the password, and the user too where it may be a token.
func redactURLs(text string) string {
	if !strings.Contains(text, ":/") && !strings.Contains(text, `:\/`) && !strings.Contains(text, "@") {
		return text
	}
	text = urlPattern.ReplaceAllStringFunc(text, func(u string) string {
		from, to, ok := userinfo(u)
		if !ok {
			return u
		}
		user, password, has := strings.Cut(u[from:to], ":")
		switch {
		case !has && user == "git", !has && user == Hidden, has && password != "" && placeholder(password):
			return u
		case has && password != "" && password != "x-oauth-basic" && Plain(user):
			return u[:from] + user + ":" + Hidden + u[to:]
		}
		return u[:from] + Hidden + u[to:]
	})
	return dsnPattern.ReplaceAllStringFunc(text, func(dsn string) string {
		user, rest, _ := strings.Cut(dsn, ":")
		if strings.HasPrefix(rest, "//") {
			return dsn // a URL
		}
		return user + ":" + Hidden + rest[strings.LastIndex(rest, "@"):]
	})
}

// cutURL is a URL at the end of a line that was cut off before its @, as AWS cuts reasons: no port has anything but digits.
var cutURL = lazyregexp.New("([A-Za-z][A-Za-z0-9+.-]*://[^\\s:/?#@\"'`<>\\[\\]]*:)([^\\s/?#@\"'`<>…]+?)((?:…|\\.\\.\\.)?)$")

func redactCutURL(line string) string {
	if !strings.Contains(line, "://") {
		return line
	}
	return replace(cutURL, line, func(m []string) string {
		port := strings.TrimRight(m[2], ".,;:!)]}*")
		if strings.Trim(port, "0123456789") == "" || strings.EqualFold(port, "port") || placeholder(m[2]) {
			return m[0]
		}
		return m[1] + Hidden + m[3]
	})
}

// urlCredential says what credential a URL, or a connection's text, certainly has.
func urlCredential(value string) string {
	for _, u := range urlPattern.FindAllString(value, -1) {
		if from, to, ok := userinfo(u); ok {
			if _, password, has := strings.Cut(u[from:to], ":"); has && password != "" && !placeholder(password) {
				return "a URL with a password"
			}
		}
		_, query, _ := strings.Cut(u, "?")
		values, _ := url.ParseQuery(query) // what can be read of it
		for name, v := range values {
			if Name(name) && v[0] != "" && !placeholder(v[0]) {
				return "a URL with a credential in its query"
			}
		}
	}
	if m := dsnPattern.FindStringSubmatch(value); m != nil && !placeholder(m[2]) && !strings.HasPrefix(m[2], "//") {
		return "a connection with a password"
	}
	// Server=…;Password=… and host=… password=…, in any order
	if connectionPart.MatchString(value) {
		for _, m := range connectionPassword.FindAllStringSubmatch(value, -1) {
			if !placeholder(m[1]) {
				return "a connection with a password"
			}
		}
	}
	return ""
}

var (
	connectionPart     = lazyregexp.New(`(?i)(?:^|[;\s])(?:server|host|hostaddr|data source|endpoint|accountname|sharedaccesskeyname|user|user id|uid|dbname|database|databasename)\s*=`)
	connectionPassword = lazyregexp.New(`(?i)(?:^|[;\s])(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*([^;\s]+)`)
)

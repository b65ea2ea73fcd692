package confidential

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// colour is how programs colour what they write and clear the rest of a line, also within a name or a value; the escape character may have been told in
// words, or been replaced, on its way.
// https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ (8.3.117, SGR; 8.3.41, EL)
var colour = lazyregexp.New(`(?:\x1b|\x{fffd}|\\+x1[bB]|\\+u001[bB]|\\+033|\\+e)\[[0-9;:]*[mK]`)

// Redact is text with [Hidden] in the place of what is confidential: the shapes that [Value] knows; values behind a name
// that [Name] knows, as NAME=value, name: value, "name":"value", a header, a cookie, a flag, an element of XML, or a pair of
// Name and Value; who logs in by a URL; private keys, also cut off. What says what was hidden stays. A text with nothing of it
// stays as it is, and one that was redacted too.
//
// What stands behind a name is shown where it says by itself that it is no credential: a reference (an ARN, the path of a
// parameter, $NAME), undefined, true, a scheme without its credential, a word of letters in a sentence ("secret token: expired").
func Redact(text string) string {
	if !strings.Contains(text, "[") || !colour.MatchString(text) {
		return redact(text)
	}
	plain := colour.ReplaceAllString(text, "")
	if clean := redact(plain); clean != plain {
		return clean // a colour is less than a credential
	}
	return redact(text)
}

// farther are credentials that may stand on another line than what says so, which is kept, as the group.
var farther = []*lazyregexp.Regexp{
	// Those of AWS in XML, credential files and printed structures.
	lazyregexp.New(`(?i)((?:secret_?access_?key|session_?token)[\s:=>"'\\]{1,8})[a-z0-9/+=%]{30,}`),
	// What ECR gives to log in with is base64 of several hundred characters.
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
	lazyregexp.New(`(?i)((?:password|authorization_?token)["'\\]*\s*[:=>]?\s*["'\\]*)[a-z0-9+/=_-]{64,}`),
}

// wordy are texts that are credentials where they stand on a line; what says so is kept, as the group. Each has one of the
// words, in small letters.
var wordy = []struct {
	has []string
	re  *lazyregexp.Regexp
}{
	{[]string{"authorization"}, authorization},
	{[]string{"authorization"}, digest},
	// Clients take them behind a flag of one letter, each its own. https://dev.mysql.com/doc/refman/8.4/en/connecting.html
	{[]string{"mysql", "mariadb"}, lazyregexp.New(`((?:^|[\s/"'])(?:mysql(?:dump|admin|import|check|show|sh)?|mariadb(?:-[a-z]+)?)\s(?:[^|;&\n]*?\s)??["']?-p)[^\s"',|;&-][^\s"',|;&]*`)},
	{[]string{"sshpass", "redis-cli", "login"}, lazyregexp.New(`((?:^|[\s/"'])(?:sshpass\s+-p|redis-cli\s(?:[^|;&\n]*?\s)??(?:-a|--pass)|(?:docker|podman|buildah|skopeo|helm|oras|crane|nerdctl)\s(?:[^|;&\n]*?\s)??login\s(?:[^|;&\n]*?\s)??-p)\s*["']?)[^\s"'|;&-][^\s"'|;&]*`)},
	// https://www.postgresql.org/docs/current/sql-createrole.html, https://dev.mysql.com/doc/refman/8.4/en/create-user.html
	{[]string{"with", "role", "user", "identified", "encrypted"}, lazyregexp.New(`(?i)(\b(?:encrypted\s+password|(?:with|role\s+\S+|user\s+\S+)\s+password|identified\s+(?:with\s+\S+\s+)?by(?:\s+password)?)\s+\\*["'])[^"'\\]+`)},
	// <password value="…">
	{[]string{"<"}, lazyregexp.New(`(?i)(<(?:[a-z_][a-z0-9_.:-]*)?(?:passw|passphrase|secret|token)[a-z0-9_.:-]*\s[^<>]*\bvalue\s*=\s*\\*["'])[^"'\\<>]+`)},
}

// login is what curl and wget log in with.
var login = lazyregexp.New(`(?i)((?:^|\s)(?:-u|--user)(?:\s+|=)?["']?)([^\s:"'/=]+):([^\s"']+)`)

// basic is what has to have a colon in it, in base64. https://www.rfc-editor.org/rfc/rfc7617
var basic = lazyregexp.New(`(?i)(\bbasic\s+)([A-Za-z0-9+/]{8,}={0,2})`)

func isLogin(encoded string) bool {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
	return err == nil && bytes.Contains(decoded, []byte(":")) && utf8.Valid(decoded)
}

// authorization and digest are headers, or what stands in them. https://www.rfc-editor.org/rfc/rfc9110#name-authorization
var (
	authorization = lazyregexp.New(`(?i)(authorization["'\\]*\s*[:=]\s*["'\\\[]*(?:basic|bearer|token|apikey|negotiate|ntlm)\s+)[^\s"'\\,;\]]{4,}`)
	digest        = lazyregexp.New(`(?i)(authorization["'\\]*\s*[:=]\s*["'\\\[]*digest\s+)[^\r\n]*[^\r\n*][^\r\n]*`)
	bearer        = lazyregexp.New(`(?i)\b(bearer\s+)([A-Za-z0-9._~+/=-]{8,})`)
	element       = lazyregexp.New(`<([A-Za-z_][A-Za-z0-9_.:-]*)([^<>]*)>(?:<!\[CDATA\[)?([^<>]+)(?:\]\]>)?<`)
	flag          = lazyregexp.New(`((?:^|[\s"'\[(])--?[A-Za-z_][A-Za-z0-9_-]+)(\\*["']?,?[ \t]+\\*["']?|\\*["'],\\*["'])([^\s"'\\-][^\s"'\\]*)`)
)

// RedactValues is text without what has a shape that [Value] knows, wherever it stands. Names say nothing here: it is for
// documents that programs read, such as templates.
func RedactValues(text string) string {
	return redactShapes(redactURLs(pemBlock.ReplaceAllLiteralString(text, Hidden)))
}

func redact(text string) string {
	if strings.Contains(text, "-----BEGIN ") {
		text = pemBlock.ReplaceAllLiteralString(text, Hidden)
	}
	if lower := strings.ToLower(text); strings.Contains(lower, "secret") || strings.Contains(lower, "token") || strings.Contains(lower, "password") {
		for _, re := range farther {
			text = re.ReplaceAllString(text, "${1}"+Hidden)
		}
	}
	text = redactPairs(text)
	// Most lines have nothing of it, and that can be seen soon.
	lines := strings.FieldsFunc(text, isEnd)
	if len(lines) == 1 && len(lines[0]) == len(text) {
		return redactLine(text)
	}
	var b strings.Builder
	rest := text
	for _, line := range lines {
		before := strings.IndexFunc(rest, func(r rune) bool { return !isEnd(r) })
		b.WriteString(rest[:before] + redactLine(line))
		rest = rest[before+len(line):]
	}
	return b.String() + rest
}

func isEnd(r rune) bool { return r == '\n' || r == '\r' }

// redactLine is redact of a line.
func redactLine(line string) string {
	line = redactShapes(redactCutURL(redactURLs(line)))
	lower := strings.ToLower(line)
	if !hinted(lower) {
		return line
	}
	for _, w := range wordy {
		if containsAny(lower, w.has) {
			line = w.re.ReplaceAllString(line, "${1}"+Hidden)
		}
	}
	if strings.Contains(lower, "-u") {
		line = replace(login, line, func(m []string) string {
			if placeholder(m[3]) || m[2] == m[3] || count.MatchString(m[2]) && count.MatchString(m[3]) {
				return m[0] // a user and a group
			}
			return m[1] + m[2] + ":" + Hidden
		})
	}
	if strings.Contains(lower, "basic") {
		line = replace(basic, line, func(m []string) string {
			if !isLogin(m[2]) {
				return m[0]
			}
			return m[1] + Hidden
		})
	}
	if strings.Contains(lower, "bearer") {
		line = replace(bearer, line, func(m []string) string {
			if Plain(m[2]) {
				return m[0]
			}
			return m[1] + Hidden
		})
	}
	if strings.Contains(line, "<") {
		line = replace(element, line, func(m []string) string {
			if !Name(m[1]) || absent(strings.TrimSpace(m[3])) {
				return m[0]
			}
			return "<" + m[1] + m[2] + ">" + Hidden + "<"
		})
	}
	line = replace(flag, line, func(m []string) string {
		if !Name(m[1]) || absent(m[3]) {
			return m[0]
		}
		return m[1] + m[2] + Hidden
	})
	return redactAssignments(line)
}

// hints are parts of all words by which names are confidential, and of what stands before a credential otherwise.
var hints = []string{
	"pass", "kennwort", "pwd", "pw", "secret", "token", "cred", "cookie", "sess", "conn", "dsn", "salt", "pepper", "jwt", "private", "auth", "sig", "hmac",
	"mnemonic", "pin", "otp", "seed", "key", "bearer", "basic", "-u", "-p", "identified", "contrase", "senha",
}

func hinted(lower string) bool { return containsAny(lower, hints) }

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
}

// redactShapes hides what has a shape.
func redactShapes(text string) string {
	for _, s := range shapes() {
		if containsAny(text, s.has) {
			text = s.form.ReplaceAllString(text, "${1}"+Hidden)
		}
	}
	return text
}

// replace puts what by makes of a match and its groups in its place.
func replace(re *lazyregexp.Regexp, text string, by func(m []string) string) string {
	return re.ReplaceAllStringFunc(text, func(found string) string {
		m := re.FindStringSubmatch(found)
		if m == nil { // it was found by what stands before it
			return found
		}
		return by(m)
	})
}

package confidential

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// redactAssignments hides what stands behind a confidential name and a sign: =, :, =>, := or an encoded one, with quotation
// marks as in JSON, escaped however often.
func redactAssignments(line string) string {
	var b strings.Builder
	done := 0 // what is written already
	for at := 0; at < len(line); {
		signFrom := strings.IndexAny(line[at:], "=:%")
		if signFrom < 0 {
			break
		}
		signFrom += at
		signTo := signEnd(line, signFrom)
		if at = signTo; signTo == signFrom {
			at++
			continue
		}
		nameFrom, nameTo := nameBefore(line, done, signFrom)
		name, sign, before := line[nameFrom:nameTo], line[nameTo:signTo], line[:nameFrom]
		switch {
		case strings.EqualFold(name, "value"):
			name = pairedName(before)
		case strings.EqualFold(name, "key"):
			name = keyName(before) + name
		}
		if !Name(name) || isPlace(before, sign) {
			continue
		}
		if from, to := extent(line[signTo:], name, sign, before); to > from {
			b.WriteString(line[done:signTo+from] + Hidden)
			done, at = signTo+to, signTo+to
		}
	}
	if done == 0 {
		return line
	}
	return b.String() + line[done:]
}

// signEnd is where the sign that begins at a place, and the blanks behind it, end; the place itself where none does.
func signEnd(line string, from int) int {
	end := from
	if rest := line[from:]; rest[0] == '%' {
		if len(rest) < 3 || rest[1] != '3' || !strings.ContainsRune("DdAa", rune(rest[2])) {
			return from
		}
		end += 3
	} else {
		for end < len(line) && end < from+3 && strings.IndexByte("=:>", line[end]) >= 0 {
			end++
		}
	}
	if line[from:end] == "::" {
		return from + 1
	}
	for end < len(line) {
		r, size := utf8.DecodeRuneInString(line[end:])
		if !isBlank(r) {
			break
		}
		end += size
	}
	return end
}

// isBlank tells whether nothing is seen of a character: blanks of every kind, and what joins or parts words.
func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// nameBefore is the name that ends before a sign, and before the marks that may stand between; not before start. What
// is no name is an empty one.
func nameBefore(line string, start, sign int) (from, to int) {
	to = sign
	for to > start {
		r, size := utf8.DecodeLastRuneInString(line[start:to])
		switch {
		case isBlank(r) || strings.ContainsRune("\"'`]\\+?", r):
			to -= size
			continue
		case to > start+2 && encodedQuote.MatchString(line[to-3:to]):
			to -= 3
			continue
		}
		break
	}
	for from = to; from > start; {
		r, size := utf8.DecodeLastRuneInString(line[start:from])
		if !isAlphanumeric(r) && !strings.ContainsRune("_$.-", r) {
			break
		}
		from -= size
	}
	// What an escape ends with is no part of it: \nDB_PASS, %26jwt.
	switch {
	case from > start && line[from-1] == '\\' && from < to && strings.IndexByte("nrt", line[from]) >= 0:
		from++
	case from > start && line[from-1] == '%' && to-from > 2:
		from += 2
	}
	return from, to
}

// encodedQuote is a quotation mark in a URL.
var encodedQuote = lazyregexp.New(`^%2[27]$`)

// isPlace tells whether a name with a colon stands within a path or an ARN: …:secret:shop/password-AbCdEf:password::
func isPlace(before, sign string) bool {
	return sign == ":" && (strings.HasSuffix(before, ":") || strings.HasSuffix(before, "/"))
}

// pair ends with the name that a value belongs to: {"Name":"DB_PASS","Value":"…"}.
var pair = lazyregexp.New(`(?i)\b(?:name|key)\\*["']?[ \t]*[:=][ \t]*\\*["']?([\w.-]+)\\*["']?[ \t]*[,;]?[ \t]*\\*["']?$`)

// parent ends with the name that a value is a part of: {"DB_PASS":{"value":"…"}}.
var parent = lazyregexp.New(`([\w.-]+)\\*["']?[ \t]*[:=][ \t]*\{[ \t]*\\*["']?$`)

func pairedName(before string) string {
	before = before[max(0, len(before)-200):]
	for _, re := range []*lazyregexp.Regexp{pair, parent} {
		if m := re.FindStringSubmatch(before); m != nil {
			return m[1]
		}
	}
	return ""
}

// keyOf ends with what a key is of, in words: API key: ….
var keyOf = lazyregexp.New(`(\pL+) $`)

func keyName(before string) string {
	m := keyOf.FindStringSubmatch(before[max(0, len(before)-60):])
	if m == nil || m[1] != "secret" && !slices.Contains(keysToo, strings.ToLower(m[1])) {
		return ""
	}
	return m[1] + "_"
}

var (
	opening = lazyregexp.New("^(?:\\\\*[\"'`]|%2[27])")
	// another is what begins the next name and value: a password ends before it.
	another = lazyregexp.New("^[,;&|][ ]*\\\\*[\"']?[A-Za-z_][A-Za-z0-9_ .-]*\\\\*[\"']?[ ]*[=:]")
	// structure begins something whose parts have names of their own.
	structure = lazyregexp.New(`^\{(?:\s|\\*["'}]|[A-Za-z_]+["':]|$)`)
	onlyWord  = lazyregexp.New(`^[\pL'’]+$`)
	onlyWords = lazyregexp.New(`^[\pL ]*$`)
	count     = lazyregexp.New(`^[0-9]{1,7}$`)
	answer    = lazyregexp.New(`^(?:[1-5][0-9]{2}|[0-9.]+(?:ms|s|µs))[,;]?$`) // to a request of a path: /oauth/token: 401
)

// extent is the part of a line that is the value of a confidential name; nothing where it is no credential.
func extent(rest, name, sign, before string) (from, to int) {
	colon := strings.Contains(sign, ":") && !strings.Contains(sign, "=")
	sentence := colon && strings.HasSuffix(sign, " ") && inSentence(before)
	quote := opening.FindString(rest[:min(len(rest), 16)])
	switch {
	case rest == "":
		return 0, 0
	case quote != "":
		from, to = len(quote), len(quote)+closing(rest[len(quote):], quote)
	case rest[0] == '[':
		if to = strings.Index(rest, "]"); to < 0 {
			to = len(rest)
		}
		if from = 1; sentence && onlyWords.MatchString(rest[from:to]) || absent(strings.Trim(rest[from:to], "\\\"' ")) || strings.Contains(rest[from:to], "{") {
			return 0, 0
		}
	case structure.MatchString(rest[:min(len(rest), 64)]):
		return 0, 0
	default:
		isCookie := colon && strings.HasSuffix(strings.ToLower(name), "cookie")
		to = unquoted(rest, isCookie)
	}
	value := rest[from:to]
	switch {
	case absent(value), quote != "" && !strings.ContainsFunc(value, isAlphanumeric):
		return 0, 0
	case count.MatchString(value) && strings.HasSuffix(name, "s") && !strings.HasSuffix(strings.ToLower(name), "ss"):
		return 0, 0 // so many of them
	case colon && quote == "" && slices.Contains(subjects, name) && Plain(strings.TrimRight(firstWord(value), ",.")):
		return 0, 0
	case strings.HasSuffix(before, "/") && answer.MatchString(firstWord(value)):
		return 0, 0
	case sentence && quote == "" && onlyWord.MatchString(strings.TrimRight(firstWord(value), ").,;:!")):
		return 0, 0
	}
	return from, to
}

// closing is where a quotation that began with a quote ends: at one with as many backslashes before it.
func closing(s, quote string) int {
	if quote[0] == '%' {
		if end := strings.Index(s, quote); end >= 0 {
			return end
		}
		return unquoted(s, false)
	}
	mark := quote[len(quote)-1]
	for i := 0; i < len(s); i++ {
		if s[i] != mark {
			continue
		}
		slashes := 0
		for i-slashes > 0 && s[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes == len(quote)-1 || slashes < len(quote)-1 || len(quote) == 1 && slashes%2 == 0 {
			return i - slashes
		}
	}
	return len(s)
}

// unquoted is where a value without quotation marks ends: at a blank, before another name, or at the end of what it stands
// in. A cookie has blanks.
func unquoted(s string, blanks bool) int {
	end := len(s)
	for i, r := range s {
		if unicode.IsSpace(r) && !blanks || i > 0 && strings.ContainsRune(",;&|", r) && !blanks && another.MatchString(s[i:min(len(s), i+64)]) || r == '<' && strings.HasPrefix(s[i:], "</") {
			end = i
			break
		}
		if strings.ContainsRune("\"'`", r) && endsQuotation(s[i+1:]) {
			end = i
			for end > 0 && s[end-1] == '\\' {
				end--
			}
			break
		}
	}
	for end > 0 {
		last := s[end-1]
		if opens := strings.IndexByte(")]}>", last); strings.IndexByte(",;", last) < 0 &&
			(opens < 0 || strings.IndexByte(s[:end], "([{<"[opens]) >= 0) {
			break
		}
		end--
	}
	return end
}

// endsQuotation tells whether what follows a quotation mark is what follows a quotation.
func endsQuotation(after string) bool {
	r, _ := utf8.DecodeRuneInString(after)
	return after == "" || unicode.IsSpace(r) || strings.ContainsRune(",:;)]}>\\", r)
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordBefore is a word in small letters, and a blank, that is no value itself.
var wordBefore = lazyregexp.New(`(?:^|[\s(>'’])\pL*\p{Ll} $`)

// inSentence tells whether one stands before a name.
func inSentence(before string) bool { return wordBefore.MatchString(before[max(0, len(before)-60):]) }

func firstWord(s string) string {
	if fields := strings.Fields(s); len(fields) > 0 {
		return fields[0]
	}
	return s
}

// subjects are names that tell what a line is about, rather than name what follows: a part of the program, a signal, a
// result.
var subjects = []string{"auth", "Auth", "AUTH", "sig", "PASS"}

// nothing are words that stand where a value is missing, or say that it is.
var nothing = []string{
	"", "undefined", "null", "nil", "<nil>", "none", "true", "false", "yes", "no", "local", "test", "string", "number", "boolean", "object", "[object",
	"required", "missing", "empty", "unset", "invalid", "expected", "received", "is", "must", "may", "not", "cannot", "should", "was", "has", "the", "unknown",
	"enabled", "disabled", "include", "omit", "same-origin", "ok", "failed", "failure", "expired", "malformed", "valid", "present", "provided", "sha256", "sha384", "sha512", "jwt", "oauth", "oauth2", "aws_iam",
	"(hidden)", "(none)", "(set)", "(changed)", "(known", "…", "...", "redacted", "[redacted]", "<redacted>",
	"name", "value", "secret", "token", "password", "key", "read", "write",
	"basic", "bearer", "digest", "negotiate", "ntlm", "aws4-hmac-sha256",
}

// reference is what names a place where a credential is: an ARN, the path of a parameter, a variable, or what SQL has in its place;
// or how a resource of such a name is.
var reference = lazyregexp.New(`^(?:arn:|/[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+$|\$\{?[A-Z_][A-Z0-9_]*\}?$|\$\(|\$\{\{|\{\{|!(?:Ref|Sub|GetAtt)\b|%[svq]$|SIG[A-Z]+$|\?[,;)]*$|\$[0-9]{1,3}[,;)]*$|@[Pp][0-9]{1,3}[,;)]*$|[A-Z]+(?:_[A-Z]+)*_(?:COMPLETE|FAILED|IN_PROGRESS)[:;,]?$|<[a-z][a-z -]*>$|\*+$)`)

// absent tells whether what stands behind a name is no credential.
func absent(value string) bool {
	value = strings.TrimSpace(value)
	word := strings.ToLower(strings.TrimRight(firstWord(value), ".,;:!"))
	return placeholder(value) || slices.Contains(nothing, word) || strings.HasPrefix(value, Hidden)
}

// placeholder tells whether a value names a place where a credential is, or is already hidden.
func placeholder(value string) bool { return value == "" || reference.MatchString(value) }

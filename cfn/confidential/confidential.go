// Package confidential is the one list of what is not for everybody's eyes: names whose values are confidential, and
// shapes that only credentials have. Whatever validates, shows or writes a text asks here.
//
// It looks at a text and at nothing else. It knows no App and no AWS, and what it cannot tell from a name or a shape it
// does not guess: a password that a program writes in the middle of a sentence is a word like any other.
//
// Imported by cfn, console, image, rollout and targets.
package confidential

import (
	"slices"
	"strings"
	"unicode"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Hidden takes the place of what is confidential in a text.
const Hidden = "***"

// publicPrefix begins the names of variables that are in every visitor's browser.
// https://nextjs.org/docs/app/guides/environment-variables
const publicPrefix = "NEXT_PUBLIC_"

var (
	// stems are confidential in whichever word of a name they stand: dbpassword, PGPASSWORD, authToken.
	stems = []string{"passw", "passphrase", "passcode", "passkey", "kennwort", "pwd", "secret", "token", "credential", "cookie", "sessionid", "sessid", "connectionstring", "connstr", "contrase", "motdepasse"}
	// others are words with a stem that mean something else.
	others = []string{"secretary", "secretsmanager", "secretmanager", "tokeniz", "tokenis", "passwordless", "cookiecutter", "cookieless"}
	// words are confidential by themselves.
	words = []string{"pass", "pw", "creds", "cred", "dsn", "salt", "pepper", "jwt", "authorization", "signature", "sig", "hmac", "mnemonic", "senha", "dockerconfigjson"}
	// lastWords are so as the last word: AUTH_URL and PRIVATE_SUBNETS are none.
	lastWords = []string{"auth", "basicauth", "private", "pin", "otp", "totp"}
	// passes end with pass and are no passwords.
	passes = []string{"compass", "bypass", "encompass", "trespass", "overpass", "underpass", "surpass"}
	// keysOf are what a key is of that everybody may know: an index, a place, a half that is public.
	keysOf = []string{"public", "publishable", "partition", "sort", "range", "hash", "primary", "foreign", "cache", "object", "s3", "kms", "site", "hot", "routing", "row", "idempotency", "lookup", "dedup", "group", "map", "unknown", "duplicate", "unique", "message", "i18n", "translation", "registry"}
	// keysToo are those that stand in one word with it.
	keysToo = []string{"api", "access", "private", "signing", "encryption", "auth", "master", "shared", "account", "license", "ssh", "service", "app", "crypt", "deploy", "stripe", "openai", "hmac", "aes", "rsa", "session", "server", "webhook"}
	// about end a name that tells something about a credential, such as its length, and not the credential.
	about = []string{
		"error", "errors", "exception", "warning", "file", "path", "dir", "folder", "arn", "name", "names", "length", "len", "size", "count", "max", "min", "limit", "limits",
		"ttl", "timeout", "expiry", "expires", "expiration", "expired", "age", "type", "types", "policy", "enabled", "disabled", "required", "version", "algorithm", "alg",
		"provider", "providers", "manager", "issuer", "audience", "endpoint", "url", "uri", "host", "port", "service", "server", "app", "stdin", "rotation", "method", "mode", "field", "domain", "secure", "parser",
		"rounds", "interval", "lifetime", "budget", "samesite", "consent", "prefix", "header", "in", "iss", "aud", "algo", "minute", "seconds", "minutes", "hours", "days", "ms",
		"js", "mjs", "cjs", "ts", "mts", "tsx", "jsx", "py", "rb", "go", "java", "php",
	}
	// without begin a name that says that there is none.
	without = []string{"no", "non", "not", "without", "missing"}
	// kinds end a name and tell which of several it is: STRIPE_KEY_LIVE, API_KEY_2.
	kinds = lazyregexp.New(`^(?:v?[0-9]+|live|test|dev|staging|prod|production|old|new|current|previous|secondary|base64|b64|pem|json)$`)
	// domains end the name of a host.
	domains = []string{"com", "org", "net", "io", "dev", "cloud", "internal", "aws"}
	// tickets are tokens that tell requests and pages from each other.
	tickets = []string{"requesttoken", "clientrequesttoken", "clienttoken", "nexttoken", "pagetoken", "nextpagetoken", "continuationtoken"}
	// measures stand before tokens that are counted.
	measures = []string{"max", "min", "num", "total", "prompt", "completion", "input", "output", "cached", "reasoning", "n"}
	// pairs are words that are confidential together.
	pairs = [][2]string{{"connection", "string"}, {"conn", "string"}, {"conn", "str"}, {"session", "id"}, {"auth", "data"}, {"basic", "auth"}, {"totp", "seed"}, {"wallet", "seed"}, {"seed", "phrase"}, {"connect", "sid"}, {"de", "passe"}}
)

// Name tells whether the name of a variable, field, header, flag or parameter says that its value is confidential. The
// way it is written does not matter: DB_PASS, dbPass and db-pass are one name. What begins with NEXT_PUBLIC_ is in every
// visitor's browser anyway. "Key" alone is half of every pair, and says nothing.
func Name(name string) bool {
	if strings.HasPrefix(name, publicPrefix) {
		return false
	}
	in := wordsOf(name)
	for len(in) > 1 && kinds.MatchString(in[len(in)-1]) {
		in = in[:len(in)-1]
	}
	if len(in) == 0 || isPublicKey(in) {
		return false
	}
	last := in[len(in)-1]
	if slices.Contains(tickets, strings.Join(in, "")) || slices.Contains(without, in[0]) || slices.Contains(domains, last) && strings.Contains(name, "."+last) || slices.Contains(about, last) || len(in) > 1 && last == "tokens" && slices.Contains(measures, in[len(in)-2]) {
		return false
	}
	if slices.Contains(lastWords, last) || isKey(in) {
		return true
	}
	for i, w := range in {
		if isConfidential(w) || i > 0 && slices.Contains(pairs, [2]string{in[i-1], w}) {
			return true
		}
		// The first half of a pair: ACCESS_KEY_ID.
		if i > 0 && w == "key" && slices.Contains([]string{"private", "api", "access", "signing", "encryption"}, in[i-1]) {
			return true
		}
	}
	return false
}

// isConfidential tells it of one word.
func isConfidential(word string) bool {
	if slices.ContainsFunc(others, func(o string) bool { return strings.HasPrefix(word, o) }) {
		return false
	}
	return slices.Contains(words, word) ||
		strings.HasSuffix(word, "pass") && !slices.Contains(passes, word) ||
		slices.ContainsFunc(stems, func(s string) bool { return strings.Contains(word, s) })
}

// isKey tells whether a name is that of a key which opens something.
func isKey(in []string) bool {
	last := strings.TrimSuffix(in[len(in)-1], "s")
	if last == "key" {
		return len(in) > 1 && !slices.Contains(keysOf, in[len(in)-2])
	}
	of, glued := strings.CutSuffix(last, "key")
	return glued && slices.Contains(keysToo, of)
}

// isPublicKey tells it of the half that everybody may know, whatever it is for: JWT_PUBLIC_KEY.
func isPublicKey(in []string) bool {
	n := len(in)
	return n > 1 && strings.TrimSuffix(in[n-1], "s") == "key" && (in[n-2] == "public" || in[n-2] == "publishable")
}

// wordsOf are the words of a name, in lower case: between anything that is neither letter nor digit, and where a capital
// begins a word.
func wordsOf(name string) (in []string) {
	runes := []rune(name)
	start := 0
	end := func(at int) {
		if at > start {
			in = append(in, strings.ToLower(string(runes[start:at])))
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
			start = i + 1
		case i > start && unicode.IsUpper(r) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]) && runes[i+1] != 's'):
			end(i)
			start = i
		}
	}
	end(len(runes))
	return in
}

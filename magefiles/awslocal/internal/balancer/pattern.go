package balancer

import "strings"

// glob tells whether a text is of a pattern, in which * stands for any characters, ? for one, and a backslash takes both as
// they are. It goes back to the last * only, so that no pattern takes long.
func glob(pattern, text string) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == '*':
				star, from = p, t
				p++
				continue
			case c == '\\' && p+1 < len(pattern) && (pattern[p+1] == '*' || pattern[p+1] == '?'):
				if pattern[p+1] == text[t] {
					p, t = p+2, t+1
					continue
				}
			case c == '?' || c == text[t]:
				p, t = p+1, t+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, t = star+1, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// normalPath is a path as rules are matched with it. That it is normalised is documented, and not how: here by RFC 3986, 6.2.2.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
func normalPath(path string) string {
	if strings.IndexByte(path, '%') >= 0 {
		path = decodeUnreserved(path)
	}
	if strings.Contains(path, "/.") {
		path = removeDots(path)
	}
	return path
}

// decodeUnreserved decodes what need not have been encoded.
func decodeUnreserved(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, ok1 := hexDigit(s[i+1])
			low, ok2 := hexDigit(s[i+2])
			if c := high<<4 | low; ok1 && ok2 && (isAlphanumeric(c) || strings.IndexByte("-._~", c) >= 0) {
				out.WriteByte(c)
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// removeDots resolves the segments . and .. of a path. Double slashes stay, as path.Clean would not have it.
func removeDots(path string) string {
	var out []string
	segments := strings.Split(path, "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
		case "..":
			if len(out) > 1 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, s)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return strings.Join(out, "/")
}

package rollout

import (
	"path"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// failedWrite is a write that failed, as a container's last lines tell it.
type failedWrite struct {
	line   string
	folder string // that has to be writable; empty where the line does not say
	why    refusal
}

// refusal is what the system said.
type refusal int

const (
	readOnlyThere refusal = iota // EROFS
	deniedThere                  // EACCES, EPERM
	// absentThere is ENOENT of a mkdir: of Node's recursive one on a read-only file system, too.
	// https://github.com/nodejs/node/issues/47098
	absentThere
)

// sign is how a line tells that a write failed.
type sign struct {
	why  refusal
	line *lazyregexp.Regexp
	// near is what some line has to have besides: the operation, where the line that has the error does not say it.
	near *lazyregexp.Regexp
	// inside: the path is one that is changed inside its folder. Otherwise it is a folder that is made.
	inside bool
	// named: it takes a path, for without one the words are others', too.
	named bool
}

// denied are the words for EACCES and EPERM.
const denied = `(?:permission denied|operation not permitted)`

// scratch are files that a program writes, by their names. A line about an open does not say whether it is to write.
const scratch = `[\w./@+-]+\.(?:log|pid|lock|sock|tmp|db|sqlite3?|db-journal|wal)\b`

// signs in the order in which they are looked for in a line. Texts are those of the runtimes' own messages.
var signs = []sign{
	// Node: ENOENT: no such file or directory, mkdir '/app/db'
	{why: absentThere, line: lazyregexp.New(`(?i)\bENOENT: no such file or directory, mk(?:dir|dtemp) `)},
	{why: readOnlyThere, line: lazyregexp.New(`(?i)(?:EROFS|read-only file system).*(?:\b|_)mkdir|\b(?:mkdir|create directory|make directory).*(?:EROFS|read-only file system)`)},
	{why: readOnlyThere, line: lazyregexp.New(`(?i)\bEROFS\b|read-only file ?system|\[errno 30\]|os error 30\b|ReadOnlyFileSystemException`), inside: true},
	{why: readOnlyThere, line: lazyregexp.New(`(?i)no usable temporary directory found`)}, // Python's tempfile
	// Node: EACCES: permission denied, mkdir '/app/db'; unlink, rename, copyfile, …
	{why: deniedThere, line: lazyregexp.New(`(?i)\b(?:EACCES|EPERM): [a-z ]+, mk(?:dir|dtemp) `)},
	{why: deniedThere, line: lazyregexp.New(`(?i)\b(?:EACCES|EPERM): [a-z ]+, (?:rmdir|unlink|rename|copyfile|symlink|link|write|f?truncate|f?chmod|[fl]?utimes?) `), inside: true},
	// Go, coreutils, busybox, nginx, PHP, Ruby, Elixir, PostgreSQL: mkdir /app/x: permission denied
	{why: deniedThere, line: lazyregexp.New(`(?i)\b(?:mkdir(?:at|\(\))?|create directory|make directory)\b.*` + denied + `|` + denied + `.*dir_s_mkdir`)},
	{why: deniedThere, line: lazyregexp.New(`(?i)\b(?:remove|unlink(?:at)?|rename|symlink|truncate|write|touch|cannot (?:create|remove|move|touch)|can't create|create regular file|apply2files|rb_file_s_rename|file_put_contents|append mode|tee:).*` + denied), inside: true, named: true},
	{why: deniedThere, line: lazyregexp.New(`(?i)\bopen\b.*` + scratch + `.*` + denied + `|` + denied + `.*\bopen\b.*` + scratch + `|` + denied + `.*rb_sysopen.*` + scratch), inside: true},
	{why: deniedThere, line: lazyregexp.New(`(?i)` + scratch + `["'\])]* \(` + denied + `\)`), inside: true}, // Java: /app/x.log (Permission denied)
	{why: deniedThere, line: lazyregexp.New(`(?i)unable to create (?:tempdir|the directory)|directory must be present and writable`)},
	{why: deniedThere, line: lazyregexp.New(`(?i)attempt to write a readonly database|SQLITE_READONLY`), inside: true},
	// Python and Java name the operation in the lines of the stack alone.
	{why: deniedThere, line: lazyregexp.New(`PermissionError: \[Errno (?:1|13)\]`), near: lazyregexp.New(`\bmkdir\(|\bmakedirs\(|mkdtemp`)},
	{why: deniedThere, line: lazyregexp.New(`PermissionError: \[Errno (?:1|13)\]`), near: lazyregexp.New(`open\([^)]*['"][wax]b?\+?['"]|\b(?:unlink|remove|rename|replace|touch|mkstemp|write_text|write_bytes|copyfile|copytree)\(|FileHandler`), inside: true},
	{why: deniedThere, line: lazyregexp.New(`(?i)AccessDeniedException: /|UnauthorizedAccessException`), near: lazyregexp.New(`(?i)createDirector`)},
	{why: deniedThere, line: lazyregexp.New(`(?i)AccessDeniedException: /|UnauthorizedAccessException|\(permission denied\)`), near: lazyregexp.New(`newOutputStream|newBufferedWriter|Files\.(?:write|create|copy|move|delete)|FileOutputStream|FileWriter|RandomAccessFile|FileMode\.Create|File\.(?:Write|Create|Delete|Move|Append)`), inside: true},
}

// forbidden are words of databases. https://www.postgresql.org/docs/current/errcodes-appendix.html
var forbidden = lazyregexp.New(`(?i)permission denied (?:for|to) `)

// writing is the first line of a log that tells that a write failed.
func writing(log string) (failedWrite, bool) {
	for line := range strings.Lines(log) {
		for _, s := range signs {
			if !s.line.MatchString(line) || s.near != nil && !s.near.MatchString(log) {
				continue
			}
			w := failedWrite{line: strings.TrimSpace(line), folder: pathIn(line), why: s.why}
			if forbidden.MatchString(line) || s.named && w.folder == "" {
				continue
			}
			if s.inside && w.folder != "" {
				w.folder = path.Dir(w.folder)
			}
			if w.folder == "/" || w.folder == "." {
				w.folder = "" // nothing that could be made writable
			}
			return w, true
		}
	}
	return failedWrite{}, false
}

var (
	quotedPath = lazyregexp.New(`['"\x60\[(]((?:/|\./|\.\./)[^'"\x60\])]+)['"\x60\])]`)
	barePath   = lazyregexp.New(`(?:^|[\s=(:])(/[^/\s:,;'"()\]][^\s:,;'"()\]]*)`)
	ofScript   = lazyregexp.New(` in /\S+\.php\b.*`) // where PHP met with it
	linkedTo   = lazyregexp.New(`-> '([^']+)'|' to '([^']+)'`)
)

// pathIn is the path that a line is about: where it has two, such as those of a rename, the second.
func pathIn(line string) string {
	line = ofScript.ReplaceAllString(line, "")
	for _, m := range linkedTo.FindAllStringSubmatch(line, -1) {
		return path.Clean(m[1] + m[2])
	}
	if m := quotedPath.FindStringSubmatch(line); m != nil {
		return path.Clean(m[1])
	}
	if all := barePath.FindAllStringSubmatch(line, -1); len(all) > 0 { // before it stands who says so
		return path.Clean(all[len(all)-1][1])
	}
	return ""
}

// under tells whether a path is a folder or in it.
func under(folder, p string) bool {
	return p == folder || strings.HasPrefix(p, strings.TrimSuffix(folder, "/")+"/")
}

package image

import (
	"fmt"
	"path"
	"strings"
)

// separateValue are options of Node.js whose value may be the next word. Those of V8 (--max-old-space-size) have theirs behind
// "=" alone. https://nodejs.org/api/cli.html
var separateValue = set(`-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --title
	--allow-fs-read --allow-fs-write --cpu-prof-dir --cpu-prof-interval --cpu-prof-name --diagnostic-dir --disable-proto --disable-warning
	--dns-result-order --experimental-default-type --heap-prof-dir --heap-prof-interval --heap-prof-name --heapsnapshot-near-heap-limit
	--heapsnapshot-signal --icu-data-dir --localstorage-file --max-http-header-size --network-family-autoselection-attempt-timeout
	--openssl-config --redirect-warnings --report-dir --report-directory --report-filename --report-signal --secure-heap --secure-heap-min
	--snapshot-blob --tls-cipher-list --tls-keylog --tls-max-v1.2 --trace-event-categories --trace-event-file-pattern --unhandled-rejections --use-largepages`)

// nodeOption is an option of Node.js that has a value.
type nodeOption struct{ name, value string }

// nodeOptions takes the options off the words behind node: those with a value, and what is run with them.
func nodeOptions(words []string) (options []nodeOption, run []string) {
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		name, value, valued := strings.Cut(words[0], "=")
		words = words[1:]
		if !valued && separateValue[name] && len(words) > 0 {
			value, words = words[0], words[1:]
		}
		options = append(options, nodeOption{name, value})
	}
	return options, words
}

// noPreload is what options of Node.js load before the program and l does not have: a file, a package, or variables. It ends
// at once without. Those of NODE_OPTIONS count as well.
func (x execution) noPreload(l *listing) *NotStartable {
	if len(x.words) == 0 || path.Base(x.words[0]) != "node" {
		return nil
	}
	inVariable, _ := shellWords(x.nodeOptions)
	options, _ := nodeOptions(inVariable)
	own, run := nodeOptions(x.words[1:])
	for _, o := range append(options, own...) {
		var file string
		e := &NotStartable{}
		switch o.name {
		case "--env-file":
			file = o.value
			e.Next = []string{
				"give variables by App.Container.Variables and Environment.Secrets, and say what is started without this option: App.Image.Command = " + commandOf(append([]string{x.words[0]}, run...)),
				"or let it be absent: --env-file-if-exists (Node.js 22.9 and later)",
			}
		case "-r", "--require", "--import", "--loader", "--experimental-loader":
			if strings.HasPrefix(o.value, "./") || strings.HasPrefix(o.value, "../") || path.IsAbs(o.value) {
				file = o.value
				e.Next = []string{"write it where the source is built (what .dockerignore names is left out), or say what is started without it in App.Image.Command"}
				break
			}
			name := packageOf(o.value)
			if name == "" || x.finds(l, name) {
				continue
			}
			e.File = path.Join(x.workingDir, modulesFolder, name)
			e.Reason = fmt.Sprintf("%s, which %s loads by %s, is in no folder node_modules of it: the packages of dependencies are, those of devDependencies are left out", name, x.words[0], o.name)
			e.Next = []string{"npm install --save-prod " + name + "   # or what your package manager has for it; then run the same command again", "or say what is started without it in App.Image.Command"}
			return e
		}
		if file == "" || anyOf(l, x.at(file), o.name) {
			continue
		}
		e.File, e.Reason = x.at(file), fmt.Sprintf("%s, which %s reads by %s, is not in it", x.at(file), x.words[0], o.name)
		return e
	}
	return nil
}

// anyOf tells whether l has a file as an option of Node.js finds it: --require adds endings, and takes folders.
func anyOf(l *listing, file, option string) bool {
	ends := []string{""}
	if option == "-r" || option == "--require" {
		ends = append(ends, ".js", ".json", ".node")
	}
	for _, end := range ends {
		if _, _, found := l.find(file + end); found {
			return true
		}
	}
	return false
}

// packageOf is the package of a specifier; empty where it names something else: a module of Node.js, an address, an entry of imports.
// https://nodejs.org/api/esm.html#terminology
func packageOf(specifier string) string {
	if specifier == "" || strings.ContainsAny(specifier, ":\\") || strings.HasPrefix(specifier, "#") || strings.HasPrefix(specifier, ".") {
		return ""
	}
	words := strings.SplitN(specifier, "/", 3)
	if strings.HasPrefix(specifier, "@") && len(words) > 1 {
		return words[0] + "/" + words[1]
	}
	return words[0]
}

// finds tells whether Node.js finds a package from the working directory: in the folders node_modules upwards, unless Yarn's
// Plug'n'Play or NODE_PATH say another place.
func (x execution) finds(l *listing, name string) bool {
	if x.nodePath || strings.Contains(strings.Join(x.words, " ")+x.nodeOptions, ".pnp.") {
		return true
	}
	for dir := x.workingDir; ; dir = path.Dir(dir) {
		if _, _, found := l.find(path.Join(dir, modulesFolder, name)); found {
			return true
		}
		if dir == "/" {
			return false
		}
	}
}

// commandOf is a command as a configuration has it.
func commandOf(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = fmt.Sprintf("%q", word)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}

package targets

import (
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{`node migrate.js --to latest`, []string{"node", "migrate.js", "--to", "latest"}},
		{"  node \t migrate.js\n", []string{"node", "migrate.js"}},
		{`node --to "the end" 'of it' a" b"'c 'd`, []string{"node", "--to", "the end", "of it", "a bc d"}},
		{`echo $FIRST_NAME a$b ~/x`, []string{"echo", "$FIRST_NAME", "a$b", "~/x"}},
		{`echo $$ $? $1 $@ $ "$" a$`, []string{"echo", "$$", "$?", "$1", "$@", "$", "$", "a$"}},
		{`echo ${X:-y} ${X:-a b} "${IFS}"`, []string{"echo", "${X:-y}", "${X:-a b}", "${IFS}"}},
		{`echo * a{b,c} [ab] ? ~`, []string{"echo", "*", "a{b,c}", "[ab]", "?", "~"}},
		{"echo `date +%s` \"`date`\"", []string{"echo", "`date +%s`", "`date`"}},
		{`echo C:\path\n a\ b \$x \'`, []string{"echo", "C:pathn", "a b", "$x", "'"}},
		{`echo "C:\path" "\$x" "\"" "\\" "a\'b"`, []string{"echo", `C:\path`, "$x", `"`, `\`, `a\'b`}},
		{`echo 'C:\path' '\$x' ''`, []string{"echo", `C:\path`, `\$x`, ""}},
		{"echo a\\\nb 'c\nd' \"e\\\nf\"", []string{"echo", "ab", "c\nd", "ef"}},
		{`echo "$(date) && x | y > z; $((1+2))" '&&'`, []string{"echo", "$(date) && x | y > z; $((1+2))", "&&"}},
		{`echo a\&b a#b X=1 2\>1 {} %s`, []string{"echo", "a&b", "a#b", "X=1", "2>1", "{}", "%s"}},
		{`'X=1' a`, []string{"X=1", "a"}},
		{`X\=1 a`, []string{"X=1", "a"}},
		{`sh -c 'echo $HOME && date'`, []string{"sh", "-c", "echo $HOME && date"}},
		{`env X=1 node é "日本"`, []string{"env", "X=1", "node", "é", "日本"}},
		{`"node" "" x`, []string{"node", "", "x"}},
	} {
		if got, err := splitWords(c.line); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q: %v", c.line, got, c.want, err)
		}
	}
}

func TestSplitWordsRefuses(t *testing.T) {
	for line, why := range map[string]string{
		"": "empty", " \n\t ": "empty",
		`''`: "program is empty", `"" x`: "program is empty",
		"a && b": "operators", "a || b": "operators", "a | b": "operators", "a > b": "operators", "a 2>&1": "operators", "a < b": "operators",
		"a &": "operators", "a;": "operators", "(a)": "operators", "{ a; }": "operators", "! a": "operators", "if a; then b; fi": "operators",
		"for x in a; do b; done": "operators", "a <<x\nx\n": "operators", "f() { a; }": "operators",
		"a; b": "more than one", "a\nb": "more than one", "a # b": "more than one", "# b": "more than one", "a & b": "more than one",
		"X=1 cmd": "X= before a program", "X=1": "X= before", `X="a b" cmd`: "X= before",
		"echo $(date)": "$(date) would have to be run", "echo a$(date)b": "would have to be run", "echo $((1+2))": "computed",
		`node "`: "character", `node '`: "character", "a `b": "character", "a ${": "character", "a (b": "character", "a && ": "character",
	} {
		if got, err := splitWords(line); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %q, %v, want %q", line, got, err, why)
		}
	}
}

// What has nothing to expand in it is split as a real shell splits it.
func TestAShellSplitsTheSame(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("judge missing: sh")
	}
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{
		"a", "b=", ":/", "-", " ", "\t", `\ `, `\a`, `\\`, `\"`, `\'`, `\$`, "\\\n", `"`, `"`, "'", "'", `"c d"`, `'e "f'`, `"g\h\$i\"j"`, "é",
	}
	tried := 0
	for range 500 {
		line := "x "
		for range random.IntN(12) {
			line += pieces[random.IntN(len(pieces))]
		}
		out, err := exec.Command(shell, "-c", `set -f; x() { for word; do printf '%s|\n' "$word"; done; }; `+line).Output()
		words, refused := splitWords(line)
		if err != nil || refused != nil {
			if (err != nil) != (refused != nil) && !strings.HasSuffix(line, `\`) {
				t.Errorf("%q: %v, and the shell: %v", line, refused, err)
			}
			continue
		}
		tried++
		var got strings.Builder
		for _, word := range words[1:] {
			got.WriteString(word + "|\n")
		}
		if string(out) != got.String() {
			t.Errorf("%q: %q, and the shell has %q", line, words[1:], out)
		}
	}
	if tried < 100 {
		t.Errorf("only %d lines were tried", tried)
	}
}

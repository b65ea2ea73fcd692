#!/usr/bin/env bash
# Go 1.26.8, debug/elf: ImportedLibraries tells of no library where a program has no section headers. The loader needs none,
# it goes by the program headers, so such a file runs, or does not run for want of a library, like any other.
#
# Who meets it: whoever asks which libraries a program or a native module needs (musl or glibc, say) and takes an empty
# answer for "none". Tools that make programs small leave out the section headers.
#
# Seen on linux/amd64 with true of Debian 12's coreutils, November 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init example.com/seen >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
)

func main() {
	program, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	for _, sections := range []bool{true, false} {
		if !sections { // e_shoff, e_shnum and e_shstrndx of a 64-bit ELF header
			binary.LittleEndian.PutUint64(program[0x28:], 0)
			binary.LittleEndian.PutUint32(program[0x3c:], 0)
		}
		if err := os.WriteFile("program", program, 0o755); err != nil {
			panic(err)
		}
		f, err := elf.Open("program")
		if err != nil {
			panic(err)
		}
		libraries, err := f.ImportedLibraries()
		fmt.Println(exec.Command("./program").Run() == nil, len(libraries) > 0, err == nil)
	}
}
GO
go build -o look .
seen=$(./look "$(type -P true)")
echo "runs, libraries told, no error; with section headers and without:"
echo "$seen"
[ "$seen" = $'true true true\ntrue false true' ]

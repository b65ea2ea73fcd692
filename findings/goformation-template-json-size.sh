#!/usr/bin/env bash
# goformation v7.14.9: a program that calls JSON or YAML of a Template, or passes one to anything as an interface value, has
# every resource type of CloudFormation in it, although it decodes none. The methods that decode are kept because the type
# may be asked for them, and they lead to a table of all resources.
#
# Who meets it: whoever writes templates with goformation in a command-line program. The same document, encoded from the
# template's parts, comes out of a program that is more than 10 MB smaller.
#
# Seen with Go 1.26.8 on linux/amd64, November 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init example.com/seen >/dev/null 2>&1
go get github.com/awslabs/goformation/v7/cloudformation@v7.14.9 2>/dev/null

# program is one that writes a template with a log group by an expression; its size, stripped, and what it writes.
program() { # NAME EXPRESSION
  mkdir "$1"
  cat >"$1/main.go" <<GO
package main

import (
	"encoding/json"
	"os"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
)

func main() {
	t := cloudformation.NewTemplate()
	t.Resources["Lines"] = &logs.LogGroup{}
	out, err := $2
	if err != nil {
		panic(err)
	}
	var compact any
	if err := json.Unmarshal(out, &compact); err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(compact); err != nil {
		panic(err)
	}
}
GO
  go build -ldflags='-s -w' -o "$1/program" "./$1"
}

program whole 't.JSON()'
program parts 'json.Marshal(map[string]any{"AWSTemplateFormatVersion": t.AWSTemplateFormatVersion, "Resources": map[string]cloudformation.Resource(t.Resources)})'
cmp <(whole/program) <(parts/program)
whole=$(stat -c %s whole/program)
parts=$(stat -c %s parts/program)
echo "t.JSON() $whole bytes, of its parts $parts bytes: $((whole - parts)) more"
[ $((whole - parts)) -gt 10000000 ]

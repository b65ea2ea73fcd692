#!/usr/bin/env bash
# aws-sdk-go-v2, service/ssm v1.81.4 (September 2026): the package builds the schemas of all of its operations in its init
# functions, whether or not a client is ever made: some 8,700 allocations and 1.5 MB in each start of each program that
# has the package anywhere in it. service/iam v1.64.8, which is larger, has none.
#
# Who meets it: whoever writes a command-line program that reads a parameter now and then. Its start, its help and its
# completion pay for it: 2.8 ms of 24 ms in one with ten clients, on an idle Xeon.
#
# Seen with Go 1.26.8, November 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init example.com/seen >/dev/null 2>&1
go get github.com/aws/aws-sdk-go-v2/service/ssm@v1.81.4 github.com/aws/aws-sdk-go-v2/service/iam@v1.64.8 2>/dev/null

# started tells bytes and allocations of the init functions of a service's packages, in a program that does nothing.
started() { # SERVICE
  mkdir "$1"
  printf 'package main\n\nimport _ "github.com/aws/aws-sdk-go-v2/service/%s"\n\nfunc main() {}\n' "$1" >"$1/main.go"
  go build -o "$1/program" "./$1"
  GODEBUG=inittrace=1 "./$1/program" 2>&1 | awk -v service="service/$1" '
    index($2, service) { for (i = 3; i <= NF; i++) { if ($i == "bytes,") bytes += $(i - 1); if ($i ~ /^allocs/) allocs += $(i - 1) } }
    END { print bytes + 0, allocs + 0 }'
}

read -r bytes allocs <<<"$(started ssm)"
read -r other _ <<<"$(started iam)"
echo "init functions: ssm $bytes bytes in $allocs allocations, iam $other bytes"
[ "$bytes" -gt 1000000 ] && [ "$allocs" -gt 5000 ] && [ "$other" -lt 200000 ]

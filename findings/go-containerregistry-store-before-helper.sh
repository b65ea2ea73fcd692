#!/usr/bin/env bash
# google/go-containerregistry 0.22.1, authn.DefaultKeychain: with a credsStore and a credHelpers entry for the registry in Docker's
# configuration, the store is asked first, by the name of the repository, and where its program is not installed that is the
# end: the helper, which is there and fits, is never asked. Docker's own reference says that credHelpers come before credsStore.
#
# Who meets it: whoever uses crane, ko or another program on this library with a configuration in which Docker Desktop, or an
# image of a developer's machine, left its store ("desktop", "osxkeychain"), and a helper for ECR or another registry was added.
#
# Seen with Go 1.26.8, December 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
go mod init example.com/seen >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

func main() {
	repository, err := name.NewRepository("registry.example.com/app")
	if err != nil {
		panic(err)
	}
	who, err := authn.DefaultKeychain.Resolve(repository)
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	config, err := who.Authorization()
	fmt.Println("user:", config.Username, err)
}
GO
go get github.com/google/go-containerregistry@v0.22.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go build -o ask .
mkdir programs configuration
cat >programs/docker-credential-fits <<'SH'
#!/bin/sh
read -r host
printf '{"ServerURL":"%s","Username":"helped","Secret":"s"}' "$host"
SH
chmod +x programs/docker-credential-fits
ask() {
  echo "$1" >configuration/config.json
  PATH="$PWD/programs:$PATH" DOCKER_CONFIG="$PWD/configuration" ./ask
}
alone=$(ask '{"credHelpers":{"registry.example.com":"fits"}}')
beside=$(ask '{"credHelpers":{"registry.example.com":"fits"},"credsStore":"absent"}')
echo "the helper alone: $alone"
echo "beside a store:   $beside"
[ "$alone" = "user: helped <nil>" ] && [[ "$beside" == error:*docker-credential-absent* ]]

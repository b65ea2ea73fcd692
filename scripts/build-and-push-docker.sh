#!/bin/sh
# Builds the image, without Docker, and pushes it to the repository of an environment: go tool mage image:push
# Its reference, repository@sha256:…, is the only line on stdout.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 ENV" >&2
  exit 2
fi
cd "$(dirname "$0")/.."
export SPLITECS_ENV="$1"
exec scripts/mage image:push

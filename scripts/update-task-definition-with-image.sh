#!/bin/sh
# Releases an image (tag, digest or reference) to an environment: go tool mage service:deploy ENV
set -eu
if [ $# -ne 2 ] || [ -z "$2" ]; then
  echo "usage: $0 ENV IMAGE" >&2
  exit 2
fi
cd "$(dirname "$0")/.."
export SPLITECS_IMAGE="$2"
exec scripts/mage service:deploy "$1"

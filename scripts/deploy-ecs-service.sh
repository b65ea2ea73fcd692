#!/bin/sh
# Deploys the service stack of an environment: go tool mage service:deploy ENV
# SPLITECS_IMAGE names the image (tag, digest or reference); without it, the current commit's.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 ENV" >&2
  exit 2
fi
cd "$(dirname "$0")/.."
exec scripts/mage service:deploy "$1"

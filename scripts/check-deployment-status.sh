#!/bin/sh
# Shows stack, deployments, tasks and target health of an environment: go tool mage service:status ENV
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 ENV" >&2
  exit 2
fi
cd "$(dirname "$0")/.."
exec scripts/mage service:status "$1"

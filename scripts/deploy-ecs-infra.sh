#!/bin/sh
# Deploys the infra stack of an environment: go tool mage infra:deploy ENV
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 ENV" >&2
  exit 2
fi
cd "$(dirname "$0")/.."
exec scripts/mage infra:deploy "$1"

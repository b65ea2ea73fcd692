#!/bin/sh
# Mends a stack and brings it to its wanted state. There is no command of its own for that: a deployment does it.
# SPLITECS_APPROVE=1 leaves out what keeps a rollback from being continued.
set -eu
usage() {
  echo "usage: $0 ENV infra|service" >&2
  exit 2
}
if [ $# -ne 2 ]; then
  usage
fi
cd "$(dirname "$0")/.."
case "$2" in
  infra | service) exec scripts/mage "$2:deploy" "$1" ;;
  *) usage ;;
esac

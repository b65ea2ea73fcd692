#!/bin/sh
# Deploys one stack of an environment, or both in their order.
set -eu
usage() {
  echo "usage: $0 ENV [infra|service|all]" >&2
  exit 2
}
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  usage
fi
cd "$(dirname "$0")/.."
case "${2:-all}" in
  infra) exec scripts/mage infra:deploy "$1" ;;
  service) exec scripts/mage service:deploy "$1" ;;
  all)
    scripts/mage infra:deploy "$1"
    exec scripts/mage service:deploy "$1"
    ;;
  *) usage ;;
esac

#!/usr/bin/env bash
# Node.js 22.23.3: an option of its own takes its value as the next word (--max-http-header-size 65536), one of V8's does not
# (--max-old-space-size 64): the program is not started, the exit code is 9, and beside the option five others are called bad that
# nobody has given (--harmony-import-attributes, --experimental-wasm-memory64 …). In NODE_OPTIONS it is the same.
#
# Who meets it: whoever sets the heap of a container by a task definition's command or by NODE_OPTIONS. The last lines of the
# log, which is what a failed deployment shows, name options that are in none of their files.
#
# Seen on linux-x64, November 2026, with the npm package node. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"name": "seen", "version": "1.0.0", "private": true, "dependencies": {"node": "22.23.3"}}' >package.json
npm install --no-audit --no-fund --silent
echo 'console.log("ran")' >program.js
node=$dir/node_modules/.bin/node

# runs says how a command line ended: its exit code, whether the program ran, and how many other options are called bad.
runs() {
  local code=0 said others
  said=$("$@" 2>&1) || code=$?
  others=$(grep "bad option" <<<"$said" | grep -vc -e "--max-old-space-size" || true)
  echo "exit $code, ran $(grep -c '^ran$' <<<"$said" || true), $others others"
}

own=$(runs "$node" --max-http-header-size 65536 program.js)
joined=$(runs "$node" --max-old-space-size=64 program.js)
apart=$(runs "$node" --max-old-space-size 64 program.js)
variable=$(NODE_OPTIONS='--max-old-space-size 64' runs "$node" program.js)
echo "Node's own option and its value: $own"
echo "V8's option=value: $joined"
echo "V8's option and its value: $apart"
echo "the same in NODE_OPTIONS: $variable"
[ "$own" = "exit 0, ran 1, 0 others" ] && [ "$joined" = "$own" ] && [ "$apart" = "exit 9, ran 0, 5 others" ] && [ "$variable" = "$apart" ]

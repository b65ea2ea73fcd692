#!/usr/bin/env bash
# CPython up to 3.10: an extension module that is compiled for musl bears "linux-gnu" in its name, as one for glibc does
# (_speedups.cpython-310-x86_64-linux-gnu.so in a wheel for musllinux). From 3.11 on it says "linux-musl". Which C library a
# module needs stands in its dynamic section alone.
#
# Who meets it: whoever tells by the names of files in site-packages whether an image of Alpine or of Debian can load them:
# image scanners, dependency copiers, checks of cross-built images.
#
# Seen with the wheels of MarkupSafe 2.1.5 for musllinux_1_1, December 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv pip
seen=""
for version in 310 311; do
  pip/bin/pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$version" \
    --platform musllinux_1_1_x86_64 --implementation cp --python-version "$version" --abi "cp$version" markupsafe==2.1.5
  python3 -m zipfile -e "$version"/*.whl "$version"
  module=$(basename "$version"/markupsafe/_speedups.*.so)
  needs=$(python3 - "$version/markupsafe/$module" <<'PY'
import re, sys
print(*sorted(n.decode() for n in set(re.findall(rb"lib(?:c\.musl-x86_64\.so\.1|c\.so\.6)", open(sys.argv[1], "rb").read()))))
PY
  )
  seen+="$module needs $needs"$'\n'
done
echo "$seen"
[ "$seen" = "_speedups.cpython-310-x86_64-linux-gnu.so needs libc.musl-x86_64.so.1
_speedups.cpython-311-x86_64-linux-musl.so needs libc.musl-x86_64.so.1
" ]

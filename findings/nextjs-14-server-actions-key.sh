#!/usr/bin/env bash
# Next.js 14.2.35: NEXT_SERVER_ACTIONS_ENCRYPTION_KEY, set at the build, is not the key in the build's
# server-reference-manifest.json: that is a random one, another at each build, and the server uses it unless the variable is
# set where it runs as well. From 15 on what is set at the build is in the build (16.4.6: equal).
#
# Who meets it: whoever builds with a fixed key, so that forms of one release work with the next, and starts the server
# without it: the two releases do not read each other's forms, and nothing says so.
#
# Seen on Node.js 20.20.2, November 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export NEXT_TELEMETRY_DISABLED=1
NEXT_SERVER_ACTIONS_ENCRYPTION_KEY=$(node -p 'Buffer.alloc(32, "k").toString("base64")')
export NEXT_SERVER_ACTIONS_ENCRYPTION_KEY

# built builds an application with a server action and tells whether the key in the build is the one that was set.
built() { # NEXT REACT
  mkdir -p "$dir/$1/app"
  cd "$dir/$1"
  echo "{\"name\": \"seen\", \"version\": \"1.0.0\", \"private\": true, \"dependencies\": {\"next\": \"$1\", \"react\": \"$2\", \"react-dom\": \"$2\"}}" >package.json
  echo 'export default function Layout({ children }) { return <html><body>{children}</body></html> }' >app/layout.js
  cat >app/page.js <<'JS'
export default function Page() {
  const table = "four"; // what the action closes over is what is encrypted
  async function order() {
    "use server";
    console.log(table);
  }
  return <form action={order}><button>order</button></form>;
}
JS
  npm install --no-audit --no-fund --silent
  npx next build >build.log 2>&1 || { cat build.log >&2; return 1; }
  node -p 'require("./.next/server/server-reference-manifest.json").encryptionKey === process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY'
}

older=$(built 14.2.35 18.3.1)
newer=$(built 16.4.6 19.3.1)
echo "the key of the build is the one that was set: 14.2.35 $older, 16.4.6 $newer"
[ "$older" = false ] && [ "$newer" = true ]

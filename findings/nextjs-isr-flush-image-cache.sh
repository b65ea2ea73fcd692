#!/usr/bin/env bash
# Next.js 16.4.6, standalone: experimental.isrFlushToDisk=false, which is about pages that are rendered anew, also turns off
# the cache of optimised images. Every request for an image makes it again (x-nextjs-cache: MISS, twice), though
# .next/cache can be written to. Without the setting the second request is a HIT.
#
# Who meets it: whoever runs Next.js on a read-only root filesystem and silences the errors of ISR with that setting. The
# answers are right, and each image costs a full optimisation. 15.5.29 and 16.0.11 do the same; 14.2.35 and 15.0.8 do not.
#
# Seen on Node.js 20.20.2, November 2026. Ends with 0 while it is so, and with 1 when it has changed.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
cat >package.json <<'JSON'
{"name": "seen", "version": "1.0.0", "private": true, "dependencies": {"next": "16.4.6", "react": "19.3.1", "react-dom": "19.3.1"}}
JSON
mkdir -p app public
echo 'export default function Layout({ children }) { return <html><body>{children}</body></html> }' >app/layout.js
echo 'export default function Page() { return <p>seen</p> }' >app/page.js
export NEXT_TELEMETRY_DISABLED=1
npm install --no-audit --no-fund --silent
# A picture of 64 by 64 pixels, by the library that optimises it.
node -e 'require("sharp")({create: {width: 64, height: 64, channels: 3, background: "teal"}}).png().toFile("public/plate.png")'
port=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')

# second builds with a setting and prints what the second request for the image says of the cache.
second() {
  echo "export default { output: 'standalone', outputFileTracingRoot: import.meta.dirname, experimental: { isrFlushToDisk: $1 } }" >next.config.mjs
  rm -rf .next
  npx next build >build.log 2>&1 || { cat build.log >&2; return 1; }
  cp -r public .next/standalone/public
  PORT=$port HOSTNAME=127.0.0.1 node .next/standalone/server.js >server.log 2>&1 &
  server=$!
  node -e '
    const url = process.argv[1];
    const ask = async () => { const r = await fetch(url); await r.arrayBuffer(); return r.status + " " + r.headers.get("x-nextjs-cache"); };
    (async () => {
      for (let i = 0; ; i++) {
        try { await fetch(url); break; } catch (e) { if (i === 200) throw e; await new Promise(r => setTimeout(r, 50)); }
      }
      await new Promise(r => setTimeout(r, 1000)); // the cache is written behind the answer
      console.log(await ask());
    })();' "http://127.0.0.1:$port/_next/image?url=%2Fplate.png&w=32&q=75"
  kill "$server"; wait "$server" 2>/dev/null || true
  server=
}

with=$(second true)
without=$(second false)
echo "isrFlushToDisk true: second request $with; false: $without"
[ "$with" = "200 HIT" ] && [ "$without" = "200 MISS" ]

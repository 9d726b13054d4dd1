// environ: the WSGI environ (PEP 3333) of a request, its values Unicode. A plain object with plain keys.

import type { Input } from './input.ts'

/** The stream for diagnostics, `wsgi.errors` of PEP 3333: stderr. */
export interface ErrorStream {
  write(text: string): void
  flush(): void
}

/**
 * The WSGI environ. Keys that do not apply are absent, never null.
 *
 * Source: PEP 3333 "environ Variables", RFC 3875 §4.1, RFC 9110.
 */
export interface Environ {
  /** The method as sent: `GET`. */
  REQUEST_METHOD: string
  /** The part of the path that led to this part of the stack: empty, or beginning with `/` and not ending in it. */
  SCRIPT_NAME: string
  /** The rest of the path, percent-decoded as UTF-8: empty, or beginning with `/`; `*` for `OPTIONS *`. */
  PATH_INFO: string
  /** What stands behind `?`, as sent; empty if nothing does. */
  QUERY_STRING: string
  /** The request target as sent (PSGI 1.1). */
  REQUEST_URI: string
  /** The host that the request names, else our own. */
  SERVER_NAME: string
  /** The port, as a string of digits. */
  SERVER_PORT: string
  /** `HTTP/1.1`: the request's version. */
  SERVER_PROTOCOL: string
  /** The peer's IP address; absent on Unix sockets. */
  REMOTE_ADDR?: string
  REMOTE_PORT?: string
  CONTENT_TYPE?: string
  CONTENT_LENGTH?: string
  'wsgi.version': readonly [1, 0]
  'wsgi.url_scheme': string
  'wsgi.input': Input
  'wsgi.errors': ErrorStream
  'wsgi.multithread': boolean
  'wsgi.multiprocess': boolean
  'wsgi.run_once': boolean
  /** Header fields: upper case, `-` as `_`; each character is one byte as received (Latin-1); repeated ones joined. */
  [field: `HTTP_${string}`]: string | undefined
  /** Extensions have a dot in their name (`pipestack.…`). */
  [extension: `${string}.${string}`]: unknown
}

/** What a server pipe knows before it reads a request. */
export interface EnvironServer {
  /** `http` or `https`. */
  readonly scheme: string
  /** The connection's two addresses: `tcp://127.0.0.1:8080`, `ipc://run/app.sock`. */
  readonly local: string
  readonly remote: string
}

const ERRORS: ErrorStream = {
  write(text) {
    process.stderr.write(text)
  },
  flush() {},
}

/**
 * An environ without what differs between two requests with the same header fields, to be copied for each.
 *
 * Dropped: names with an underscore, which would be taken for those with a hyphen (CVE-2015-0219); `Proxy`, which CGI
 * programs would take for a setting (httpoxy, CVE-2016-5385).
 *
 * @param fields header fields as received, in order
 * @param host what the Host field says, checked; empty without one
 * @param input stands in for `wsgi.input`
 */
export function environTemplate(
  fields: Iterable<readonly [name: string, value: string]>,
  host: string,
  server: EnvironServer,
  input: Input,
): Environ {
  const peer = splitHost(hostOf(server.remote))
  const environ: Environ = {
    REQUEST_METHOD: '',
    SCRIPT_NAME: '',
    PATH_INFO: '',
    QUERY_STRING: '',
    REQUEST_URI: '',
    SERVER_NAME: '',
    SERVER_PORT: '',
    SERVER_PROTOCOL: 'HTTP/1.1',
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': server.scheme,
    'wsgi.input': input,
    'wsgi.errors': ERRORS,
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
  }
  nameServer(environ, host, server)
  if (peer.port !== '') {
    environ.REMOTE_ADDR = peer.name.replace(/^\[|\]$/g, '')
    environ.REMOTE_PORT = peer.port
  }
  const record = environ as unknown as Record<string, unknown>
  for (const [name, value] of fields) {
    const key = keyOf(name)
    if (key === undefined) continue
    const before = record[key]
    record[key] = before === undefined ? value : `${before}${key === 'HTTP_COOKIE' ? '; ' : ', '}${value}`
  }
  return environ
}

/** Makes `environ` that of a request whose target names the host: it wins over the Host field (RFC 9112 §3.2.2). */
export function rehost(environ: Environ, host: string, server: EnvironServer): void {
  environ.HTTP_HOST = host
  nameServer(environ, host, server)
}

function nameServer(environ: Environ, host: string, server: EnvironServer): void {
  const local = splitHost(hostOf(server.local))
  const named = splitHost(host)
  environ.SERVER_NAME = named.name || local.name || 'localhost'
  environ.SERVER_PORT = local.port || named.port || (server.scheme === 'https' ? '443' : '80')
}

/** The environ key of a header field, or undefined for one that must not get in. */
export function keyOf(name: string): string | undefined {
  if (name.includes('_')) return undefined
  const key = name.toUpperCase().replaceAll('-', '_')
  if (key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH') return key
  return key === 'PROXY' ? undefined : `HTTP_${key}`
}

/** `127.0.0.1:8080` of `tcp://127.0.0.1:8080`; empty for addresses without a host. */
function hostOf(address: string): string {
  return /^(?:tcp|tls):\/\/(.*)$/.exec(address)?.[1] ?? ''
}

function splitHost(host: string): { name: string; port: string } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host)
  return { name: match?.[1] ?? '', port: match?.[2] ?? '' }
}

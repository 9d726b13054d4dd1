// The opening handshake of WebSocket, as far as it is read here (RFC 6455 §4.2.1): a pure function of the environ.

import type { Environ } from '../../src/psgi/environ.ts'
import type { Refusal } from './refusal.ts'
import { TOKEN } from './terms.ts'

/** What the request asks for, or what to answer. */
export type Handshake = { readonly protocol: string | undefined } | { readonly refused: Refusal }

const UPGRADE = ['Upgrade', 'websocket'] as const
const VERSION = ['Sec-WebSocket-Version', '13'] as const
/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/

const HTTP2: Refusal = {
  status: '501 Not Implemented',
  why: 'WebSocket is spoken over HTTP/1.1 here, not over HTTP/2 (RFC 8441)',
}
const METHOD: Refusal = {
  status: '405 Method Not Allowed',
  why: 'a WebSocket begins with GET',
  lines: [['Allow', 'GET']],
}
const NONE: Refusal = {
  status: '426 Upgrade Required',
  why: 'a WebSocket is spoken here: the request wants "Upgrade: websocket", in HTTP/1.1',
  lines: [UPGRADE, VERSION],
}
const OTHER_VERSION: Refusal = {
  status: '426 Upgrade Required',
  why: 'Sec-WebSocket-Version is 13 here',
  lines: [UPGRADE, VERSION],
}

/**
 * Reads the fields of the handshake.
 *
 * @param spoken sub-protocols, best first; undefined where what is offered is ignored
 */
export function readHandshake(environ: Environ, spoken: readonly string[] | undefined): Handshake {
  if (environ.SERVER_PROTOCOL === 'HTTP/2.0') return { refused: HTTP2 }
  if (environ.REQUEST_METHOD !== 'GET') return { refused: METHOD }
  // RFC 9110 §7.8: HTTP/1.0 has no upgrades.
  const asked = environ.SERVER_PROTOCOL === 'HTTP/1.0' ? [] : listOf(environ.HTTP_UPGRADE)
  if (!asked.includes('websocket')) return { refused: NONE }
  if (!listOf(environ.HTTP_CONNECTION).includes('upgrade')) return bad('the Connection field does not say "Upgrade"')
  if (environ.HTTP_SEC_WEBSOCKET_VERSION !== '13') return { refused: OTHER_VERSION }
  if (!KEY.test(environ.HTTP_SEC_WEBSOCKET_KEY ?? '')) return bad('Sec-WebSocket-Key is not 16 bytes in base64')
  return chooseProtocol(environ.HTTP_SEC_WEBSOCKET_PROTOCOL, spoken)
}

function listOf(field: string | undefined): string[] {
  return (field ?? '').split(',').map((each) => each.trim().toLowerCase())
}

function chooseProtocol(field: string | undefined, spoken: readonly string[] | undefined): Handshake {
  if (field === undefined) return { protocol: undefined }
  const offered = field.split(',').map((each) => each.trim())
  if (new Set(offered).size < offered.length || !offered.every((each) => TOKEN.test(each))) {
    return bad('Sec-WebSocket-Protocol is no list of different tokens')
  }
  if (spoken === undefined) return { protocol: undefined }
  const protocol = spoken.find((each) => offered.includes(each))
  return protocol === undefined
    ? bad(`none of the sub-protocols is spoken here; there are: ${spoken.join(', ')}`)
    : { protocol }
}

function bad(why: string): Handshake {
  return { refused: { status: '400 Bad Request', why: `${why} (RFC 6455 §4.2.1)` } }
}

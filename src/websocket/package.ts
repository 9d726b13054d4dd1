// The package `ws`, which frames and reads what is sent by WebSocket (RFC 6455): loaded when it is used.

import { loadPackage } from '../optional-package.ts'

/** The package. */
export type Ws = typeof import('ws')

/** How long the peer may take to answer a close frame, in milliseconds. */
const CLOSE_MS = 10_000

/** @throws UsageError MODULE_BAD without the package */
export function loadWs(user: string): Promise<Ws> {
  return loadPackage<Ws>('ws', user)
}

/** What both sides set. An object, since not all of these options stand in the package's types. */
export function socketOptions(maxBytes: number, deflate: boolean): object {
  return {
    maxPayload: maxBytes,
    closeTimeout: CLOSE_MS,
    // Without a window that is kept: it costs some 300 KiB a connection.
    perMessageDeflate: deflate && { serverNoContextTakeover: true, clientNoContextTakeover: true },
  }
}

// websocket: takes a request over from HTTP, and runs the rest of the stack on the WebSocket that it becomes.

import type { Awaitable } from '../src/bag.ts'
import type { Connection, Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import type { Environ } from '../src/psgi/environ.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { upgradeOf } from '../src/psgi/upgrade.ts'
import { Acceptor } from './websocket/acceptor.ts'
import { readHandshake } from './websocket/handshake.ts'
import { isWelcome } from './websocket/origin.ts'
import { NO_UPGRADE, obstructed, refuse, STRANGE_ORIGIN } from './websocket/refusal.ts'
import { websocketTerms } from './websocket/terms.ts'

/** A connection by WebSocket. */
export interface Websocket extends Connection {
  /** Of kind `'message'`: each read is one whole message. */
  readonly kind: 'message'
  /** The sub-protocol agreed on, if any. */
  readonly protocol: string | undefined
  /**
   * Sends what is still to be sent, then closes. Resolves when closed.
   *
   * @param code 1000, the default, or 3000 to 4999; a listener that closes says 1001
   * @param reason for the peer, at most 123 bytes of UTF-8
   * @throws UsageError OPTION_BAD
   */
  close(code?: number, reason?: string): Promise<void>
}

/** What websocket() puts into the bag. */
export interface WebsocketMarbles {
  connection: Websocket
  /** The messages that arrive, as bytes, also those that were sent as text. */
  read(): AsyncIterable<Uint8Array>
  /** Sends one message: text as text, bytes as binary. Resolves when more may come. */
  write(message: Uint8Array | string): Awaitable<void>
}

/** What websocket() needs above it. */
export interface WebsocketNeeds extends Raw {
  environ: Environ
  response: PsgiResponse
}

/** Options of {@link websocket}. */
export interface WebsocketOptions {
  /**
   * The pages that may connect: their origins (`'https://app.example'`), or a function that is asked. Default: those of the host that
   * the request is for. Requests without an Origin field come from no page, and are not asked.
   */
  readonly origins?: readonly string[] | ((origin: string, environ: Environ) => Awaitable<boolean>)
  /** The sub-protocols that are spoken, best first. A client that offers others alone is refused. Default none: what is offered is ignored. */
  readonly protocols?: readonly string[]
  /** Most bytes of a message that arrives, default 1_048_576; more closes with 1009. */
  readonly maxBytes?: number
  /** Milliseconds between two pings, default 30_000; a peer that has not answered one when the next is due is cut. */
  readonly pingMs?: number
  /** Whether messages may be compressed (permessage-deflate), default false: it costs memory and CPU for each connection. */
  readonly deflate?: boolean
}

/**
 * Makes a WebSocket of a request, and runs the rest of the stack once, on a connection of messages.
 *
 * What the peer sends as text is valid UTF-8. Messages that are sent within a tick leave together. When the flow ends, the connection
 * is closed: with 1000; with 1011 where it ended in error, and with 1007, 1008 or 1009 and its message for a PeerError; with 1001 where
 * the listener closes.
 *
 * Needs   `environ`, `response` and the connection of http(). And the package `ws`: `npm install ws`.
 * Adds    its own `connection` (of kind `'message'`), `read` and `write`: see {@link WebsocketMarbles}.
 * Refuses 405 for other methods than GET, 426 for what asks for no WebSocket, or for another version than 13, 400 for what asks for it
 *         in the wrong way, 403 for a page of another origin, 501 over HTTP/2 and other servers. Then the rest is not entered.
 * Fails   PeerError MESSAGE_TOO_LONG, MESSAGE_BAD (no UTF-8, broken frames), CONNECTION_CLOSED (the peer is gone without a close
 *         frame): thrown by `read()`. UsageError WRITE_VALUE; OPTION_BAD, when it is built; MODULE_BAD, when the stack is opened.
 * Place   below http(), above marshalling pipes such as json(). Below session() and the like: cookies come with the request.
 * Source  RFC 6455; for `origins` its §10.2; RFC 7692 for `deflate`.
 *
 * @throws UsageError OPTION_BAD
 * @example stack(http(), router({ '/live': part(websocket(), json(), jsonrpc(methods)), '/': page }))
 */
export function websocket(options: WebsocketOptions = {}): Pipe<WebsocketNeeds, WebsocketMarbles> {
  const terms = websocketTerms(options)
  const acceptor = new Acceptor(terms)
  return {
    name: 'websocket',
    needs: ['environ', 'response', 'connection', 'read', 'write'],
    adds: ['connection', 'read', 'write'],
    open: () => acceptor.open(),
    async through({ environ, response }, next) {
      const handshake = readHandshake(environ, terms.protocols)
      if ('refused' in handshake) return refuse(environ, response, handshake.refused)
      if (!(await isWelcome(environ, terms.origins))) return refuse(environ, response, STRANGE_ORIGIN)
      const upgrade = upgradeOf(environ)
      if (upgrade === undefined) return refuse(environ, response, NO_UPGRADE)
      const handover = await upgrade()
      if ('why' in handover) return refuse(environ, response, obstructed(handover))
      const connection = acceptor.accept(handover, environ, handshake.protocol)
      if (connection === undefined) return
      try {
        await next(connection)
      } catch (error) {
        connection.fail(error)
        throw error
      }
      void connection.close()
    },
  }
}

// Answers to requests that do not become a WebSocket.

import type { Environ } from '../../src/psgi/environ.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { keptLines, OF_THE_BODY } from '../../src/psgi/kept-lines.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import type { Obstacle } from '../../src/psgi/upgrade.ts'

/** An answer. */
export interface Refusal {
  readonly status: string
  /** What was wrong, for whoever reads it. */
  readonly why: string
  readonly lines?: readonly HeaderPair[] | undefined
}

/** The page that asks is of another host than the one that is asked, or not in the list. */
export const STRANGE_ORIGIN: Refusal = {
  status: '403 Forbidden',
  why: 'pages of this origin may not connect (RFC 6455 §10.2)',
}

/** Another server pipe than http(), or none: `pipestack/testing`. */
export const NO_UPGRADE: Refusal = {
  status: '501 Not Implemented',
  why: 'this server does not hand its connections over',
}

/** What http() has against it. */
export function obstructed({ status, why }: Obstacle): Refusal {
  return { status, why }
}

/** Answers, in place of all that stands below. */
export function refuse(environ: Environ, response: PsgiResponse, { status, why, lines = [] }: Refusal): void {
  const kept = keptLines(response, OF_THE_BODY)
  const isUpgrade = environ.HTTP_UPGRADE !== undefined
  const connection = [
    ...(lines.some(([name]) => name === 'Upgrade') ? ['upgrade'] : []),
    // A proxy that does not look at the status passes on whatever comes, as if this were a WebSocket by now: what came next would be
    // requests that it has not seen.
    ...(isUpgrade ? ['close'] : []),
  ]
  response.status = status
  response.status_format = 'unicode'
  response.header_list = new HeaderList([
    ...kept,
    ...lines,
    ...(connection.length === 0 ? [] : [['Connection', connection.join(', ')] satisfies HeaderPair]),
    ['Content-Type', 'text/plain; charset=utf-8'],
  ])
  response.header_list_format = 'unicode'
  response.body = [`${why}\n`]
  response.body_format = 'unicode'
}

// What an address of amqp:// says: which broker, which queue, and on which terms.

import { UsageError } from '../../errors.ts'
import { type Address, badParameter, decodePart, onlyParameters, wholeNumber } from '../../net/address.ts'

/** An address of amqp:// or amqps://, taken apart. */
export interface Place {
  readonly address: Address
  readonly secure: boolean
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly vhost: string
  readonly queue: string
  /** Most messages under way at once. */
  readonly prefetch: number
  /** Whether a message whose flow has failed for the first time is tried once more. */
  readonly requeue: boolean
  /** The queue for messages that have failed for good; empty: the broker decides. */
  readonly dead: string
  /** Whether the queues are declared; else they must be there. */
  readonly declares: boolean
  /** Whether what is sent outlives a restart of the broker. */
  readonly persistent: boolean
  /** Seconds between signs of life; 0: none. */
  readonly heartbeat: number
  /** Without user and password: what others are shown. */
  readonly shown: string
}

const KNOWN = ['queue', 'prefetch', 'requeue', 'dead', 'declare', 'persistent', 'heartbeat']
const KNOWN_SECURE = [...KNOWN, 'ca', 'cert', 'key', 'servername']
const PORTS = { amqp: 5672, amqps: 5671 }
/** AMQP 0-9-1: names are short strings. */
const MOST_NAME_BYTES = 255

/** @throws UsageError ADDRESS_BAD */
export function placeOf(address: Address): Place {
  const secure = address.scheme === 'amqps'
  onlyParameters(address, secure ? KNOWN_SECURE : KNOWN)
  const match = /^(?:([^:@/]*)(?::([^@/]*))?@)?(\[[\da-fA-F:.]+\]|[^:@/[\]\s]+)(?::(\d{1,5}))?(?:\/([^/]*))?$/.exec(
    address.rest,
  )
  const [, user = 'guest', password = 'guest', bracketed = '', digits, path = ''] = match ?? []
  const port = digits === undefined ? PORTS[secure ? 'amqps' : 'amqp'] : Number(digits)
  if (match === null || port === 0 || port > 65_535) {
    // Not quoted: what is not understood may hold a password.
    throw new UsageError(
      'ADDRESS_BAD',
      `an address of ${address.scheme}:// is like ${address.scheme}://user:password@host:5672/vhost?queue=images, or ${address.scheme}://host/images; what else than letters and digits is in a name or password is percent-encoded.`,
    )
  }
  const named = address.query.get('queue')
  const queue = named ?? decodePart(address, path)
  const vhost = named === null || path === '' ? '/' : decodePart(address, path)
  const wrong = queue === '' ? 'names no queue' : isName(queue) && isName(vhost) ? undefined : 'has too long a name'
  if (wrong !== undefined) {
    throw new UsageError('ADDRESS_BAD', `${address.text} ${wrong}. Write ${address.scheme}://host/queue.`)
  }
  const dead = address.query.get('dead') ?? `${queue}.dead`
  if (dead === queue) throw badParameter(address, 'dead', 'another queue')
  const at = `${address.scheme}://${bracketed}:${port}`
  return {
    address,
    secure,
    host: bracketed.replace(/^\[|\]$/g, ''),
    port,
    user: decodePart(address, user),
    password: decodePart(address, password),
    vhost,
    queue,
    prefetch: wholeNumber(address, 'prefetch', 32, 1, 65_535),
    requeue: wholeNumber(address, 'requeue', 1, 0, 1) === 1,
    dead,
    declares: wholeNumber(address, 'declare', 1, 0, 1) === 1,
    persistent: wholeNumber(address, 'persistent', 1, 0, 1) === 1,
    heartbeat: wholeNumber(address, 'heartbeat', 15, 0, 3_600),
    shown:
      vhost === '/'
        ? `${at}/${encodeURIComponent(queue)}`
        : `${at}/${encodeURIComponent(vhost)}?queue=${encodeURIComponent(queue)}`,
  }
}

function isName(name: string): boolean {
  return Buffer.byteLength(name) <= MOST_NAME_BYTES
}

// What an address of nats:// says: which server, which subject, and on which terms.

import { UsageError } from '../../errors.ts'
import { type Address, badParameter, decodePart, onlyParameters, wholeNumber } from '../../net/address.ts'

/** An address of nats://, taken apart. */
export interface Place {
  readonly address: Address
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
  readonly subject: string
  /** Listeners of the same group share the work; with a stream, it is the name of their consumer. */
  readonly group: string
  /** The stream that keeps the messages; undefined: nobody does (core NATS). */
  readonly stream: string | undefined
  /** Most messages under way at once. */
  readonly prefetch: number
  /** Whether a message whose flow has failed for the first time is tried once more. */
  readonly requeue: boolean
  /** The subject for messages that have failed for good; empty: they are given up. */
  readonly dead: string
  /** Whether a stream that is not there is made. */
  readonly declares: boolean
  /** Seconds after which a message whose worker says nothing goes to another one. */
  readonly ackWait: number
  /** Without user and password: what others are shown. */
  readonly shown: string
}

const KNOWN = ['queue', 'prefetch', 'stream', 'requeue', 'dead', 'declare', 'ackwait', 'ca', 'cert', 'key']
/** What belongs to streams alone. */
const OF_STREAMS = ['requeue', 'dead', 'declare', 'ackwait']
/** Core NATS cannot hold back what is sent: so many are under way, and more are refused. */
const MOST_UNDER_WAY = 1_024

/** @throws UsageError ADDRESS_BAD */
export function placeOf(address: Address): Place {
  onlyParameters(address, KNOWN)
  const match = /^(?:([^:@/]*)(?::([^@/]*))?@)?(\[[\da-fA-F:.]+\]|[^:@/[\]\s]+)(?::(\d{1,5}))?(?:\/([^/]*))?$/.exec(
    address.rest,
  )
  const [, first, password, bracketed = '', digits = '4222', path = ''] = match ?? []
  const port = Number(digits)
  if (match === null || port === 0 || port > 65_535) {
    // Not quoted: what is not understood may hold a password.
    throw new UsageError(
      'ADDRESS_BAD',
      'an address of nats:// is like nats://user:password@host:4222/subject; what else than letters and digits is in a name or password is percent-encoded.',
    )
  }
  const { query } = address
  const subject = decodePart(address, path)
  if (!isSubject(subject)) {
    throw new UsageError(
      'ADDRESS_BAD',
      `${address.text} has no subject, or one with spaces, wildcards or empty parts. Write nats://host/subject.`,
    )
  }
  const stream = query.get('stream') ?? undefined
  if (stream !== undefined && !isName(stream))
    throw badParameter(address, 'stream', 'a name without dots, spaces and wildcards')
  const stray = stream === undefined ? OF_STREAMS.find((name) => query.has(name)) : undefined
  if (stray !== undefined) {
    throw new UsageError('ADDRESS_BAD', `${address.text} has ${stray}, which takes a stream: add stream=NAME.`)
  }
  const group = query.get('queue') ?? (stream === undefined ? 'pipestack' : `pipestack-${subject.replaceAll('.', '-')}`)
  if (!isName(group)) throw badParameter(address, 'queue', 'a name without dots, spaces and wildcards')
  const dead = query.get('dead') ?? `${subject}.dead`
  if (dead !== '' && !isSubject(dead)) throw badParameter(address, 'dead', 'a subject')
  const token = first !== undefined && password === undefined ? decodePart(address, first) : undefined
  return {
    address,
    host: bracketed,
    port,
    user: first === undefined || password === undefined ? undefined : decodePart(address, first),
    password: password === undefined ? undefined : decodePart(address, password),
    token,
    subject,
    group,
    stream,
    prefetch: wholeNumber(address, 'prefetch', stream === undefined ? MOST_UNDER_WAY : 32, 1, 65_535),
    requeue: wholeNumber(address, 'requeue', 1, 0, 1) === 1,
    dead,
    declares: wholeNumber(address, 'declare', 1, 0, 1) === 1,
    ackWait: wholeNumber(address, 'ackwait', 10, 1, 3_600),
    shown: `nats://${bracketed}:${port}/${subject}${stream === undefined ? '' : `?stream=${stream}`}`,
  }
}

function isSubject(subject: string): boolean {
  return /^[^\s.*>\0]+(?:\.[^\s.*>\0]+)*$/.test(subject) && Buffer.byteLength(subject) <= 255
}

function isName(name: string): boolean {
  return /^[^\s.*>/\\\0]{1,255}$/.test(name)
}

// What goes over the wire, both ways: docs/reference/channels-wire.md. It imports nothing, so that a browser can share it.

/** Longest name of a channel, and longest id of an event, in UTF-16 units. */
export const MOST_NAME = 255

/** Why a channel was closed. */
export const CLOSE_CODES = {
  done: 'whoever closed it is done with it',
  'going-away': 'the connection is about to be closed: the channel may be opened again on another one',
} as const

/** What went wrong: with a channel, which is closed by that, or with a message that belongs to none. */
export const ERROR_CODES = {
  'bad-message': 'what arrived is no message of this protocol; no channel is closed by that',
  failed: 'the handler failed',
  'going-away': 'the connection is about to be closed: nothing is opened on it any more',
  overrun: 'more events than are held for a reader who is behind',
  'too-many-channels': 'more channels at once than the server takes',
  'unknown-channel': 'there is no channel of that name',
} as const

/** A key of {@link CLOSE_CODES}. */
export type CloseCode = keyof typeof CLOSE_CODES
/** A key of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES

/** What an error says. Its code is one of {@link ERROR_CODES}, or one that the handler has thought of. */
export interface ToldError {
  readonly code: string
  readonly message: string
}

/** A message that was understood. Which one it is says the first member that is there, in this order. */
export interface Message {
  readonly channel: string
  /** An event, and what its sender calls it. */
  readonly event?: unknown
  readonly id?: string
  /** Opens: whoever comes back says the id of the last event that it has. With `credit`, both sides count. */
  readonly open?: true
  readonly after?: string
  /** So many events more may come. */
  readonly credit?: number
  readonly close?: string | true
  readonly error?: unknown
}

interface Arrived {
  readonly [member: string]: unknown
}

/** Whether something that arrived is a message. If not, {@link faultOf} says why. */
export function isMessage(value: unknown): value is Message {
  if (!isArrived(value) || !isName(value.channel)) return false
  if (value.event !== undefined) return value.id === undefined || isName(value.id)
  return isVerb(value)
}

function isVerb({ open, after, credit, close, error }: Arrived): boolean {
  if (open !== undefined) {
    return open === true && (after === undefined || isName(after)) && (credit === undefined || isCount(credit))
  }
  if (credit !== undefined) return isCount(credit)
  if (close !== undefined) return close === true || isName(close)
  return isArrived(error)
}

/** What is wrong with something that is no message, in words that tell nothing which its sender does not know. */
export function faultOf(value: unknown): string {
  if (!isArrived(value)) return 'a message is an object'
  if (!isName(value.channel)) return `channel is a name of 1 to ${MOST_NAME} characters`
  if (value.event !== undefined) return `id is a text of 1 to ${MOST_NAME} characters`
  const { open, credit, close, error } = value
  if (open === undefined && credit === undefined && close === undefined && error === undefined) {
    return 'a message has one of event, open, credit, close, error'
  }
  if (open !== undefined) return 'open is true, after a text, credit a whole number from 0'
  if (credit !== undefined) return 'credit is a whole number from 0'
  return close === undefined ? 'error is an object' : 'close is a text'
}

/** Whether a value can be the name of a channel, or the id of an event. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MOST_NAME
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isArrived(value: unknown): value is Arrived {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What an error that arrived says; undefined for what is none. */
export function toldError(value: unknown): ToldError | undefined {
  if (!isArrived(value)) return undefined
  const { code, message } = value
  return { code: isName(code) ? code : 'failed', message: typeof message === 'string' ? message : '' }
}

/** The error of a message that belongs to no channel; undefined where there is none. */
export function complaintOf(value: unknown): ToldError | undefined {
  return isArrived(value) && value.channel === undefined ? toldError(value.error) : undefined
}

// ---- what is sent ------------------------------------------------------------------------------------------------------------

/** An event. */
export function eventMessage(channel: string, event: unknown, id: string | undefined): Message {
  return id === undefined ? { channel, event } : { channel, event, id }
}

/** Opens a channel, and grants the peer so many events. */
export function openMessage(channel: string, after: string | undefined, credit: number): Message {
  return after === undefined ? { channel, open: true, credit } : { channel, open: true, after, credit }
}

/** Grants the peer so many events more. */
export function creditMessage(channel: string, credit: number): Message {
  return { channel, credit }
}

/** Closes a channel, or answers that it is closed. */
export function closeMessage(channel: string, close: CloseCode): Message {
  return { channel, close }
}

/** Closes a channel that went wrong. */
export function errorMessage(channel: string, code: string, message: string): Message {
  return { channel, error: { code, message } }
}

/** Answers what belongs to no channel. */
export function complaint(code: ErrorCode, message: string): { readonly error: ToldError } {
  return { error: { code, message } }
}

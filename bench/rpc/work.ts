// What every server does: what is asked, and what is to be answered.

/** What is asked. */
export interface Params {
  readonly a: number
  readonly b: number
  readonly s: string
  readonly list: readonly number[]
}

/** What is answered. */
export interface Sum {
  readonly sum: number
  readonly s: string
  readonly list: readonly number[]
}

/** The parameters of each call. With the rest of JSON-RPC, about 130 bytes. */
export const PARAMS: Params = { a: 1_200, b: 34, s: 'a few words of text, all of them ASCII', list: [1, 2, 3, 4, 5] }

/** The result, about as long. */
export const RESULT: Sum = { sum: 1_234, s: PARAMS.s, list: PARAMS.list }

/** How many calls are in flight. */
export const IN_FLIGHT: readonly number[] = [1, 64]

/** The transports, as in addresses. */
export const TRANSPORTS = ['ipc', 'tcp'] as const

/** See {@link TRANSPORTS}. */
export type TransportName = (typeof TRANSPORTS)[number]

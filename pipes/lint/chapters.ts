// The chapters of the specification: all rules, in the order of docs/reference/spec.md.

import { ANSWER_RULES } from './answer-rules.ts'
import { ENVIRON_RULES } from './environ-rules.ts'
import { BODY_RULES, FLOW_RULES, WRITE_RULES } from './flow-rules.ts'
import { RESPONSE_RULES } from './response-rules.ts'
import type { Rule } from './rule.ts'

/** Rules of the three functions for servers. No program here checks them; test/psgi/ does. */
const ENCODING_RULES: readonly Rule[] = [
  { id: 'H1', what: '`encode_status(response)` gives the status as bytes', source: 'PSGI, helpers' },
  {
    id: 'H2',
    what: '`encode_headers(response)` gives the pairs of `header_list.as_list()` as bytes, in their order, each line of a repeated name',
    source: 'PSGI, helpers',
  },
  {
    id: 'H3',
    what: '`stream_body(response)` gives the chunks of `body` as bytes: text in the charset of `Content-Type`, else UTF-8, whole characters over the borders of chunks',
    source: 'PSGI, helpers',
  },
  {
    id: 'H4',
    what: 'What cannot be encoded is an error that names the attribute, and nothing of it is sent; a server may use other functions that give the same bytes',
    source: 'PSGI, helpers',
  },
]

/** What a server does beside what the other chapters ask of it. The conformance tests of the servers check these. */
const SERVER_RULES: readonly Rule[] = [
  {
    id: 'S1',
    what: 'A server puts `environ` and `response` into the bag of a flow of its own for each request, and stands above whatever reads them',
    source: 'DESIGN.md, rule 6',
  },
  {
    id: 'S2',
    what: 'It sends nothing until all pipes below have left, or until the first written chunk that does not fit on hold',
    source: 'PEP 3333, The start_response() Callable; DESIGN.md, rule 6',
  },
  { id: 'S3', what: 'It sends what was written first, then `body`', source: 'PEP 3333, The write() Callable' },
  {
    id: 'S4',
    what: 'It refuses a status below 200, `Transfer-Encoding` from a pipe, and `Content-Length` with 204',
    source: 'RFC 9110 §8.6, §15.2; RFC 9112 §6.1',
  },
  {
    id: 'S5',
    what: 'It adds `Date`, and what frames the body: `Content-Length` where the length is known, chunks where it is not',
    source: 'RFC 9110 §6.6.1; RFC 9112 §6',
  },
  {
    id: 'S6',
    what: 'It sends no body to HEAD, with 204 and with 304, and closes the body that it does not send',
    source: 'RFC 9110 §9.3.2; PEP 3333',
  },
  {
    id: 'S7',
    what: 'It holds to a `Content-Length` of a pipe: a longer body is never sent beyond it, and a shorter one breaks the connection',
    source: 'PEP 3333, Handling the Content-Length Header',
  },
  {
    id: 'S8',
    what: 'It reads the body no faster than the peer takes it, and closes it when the peer goes away',
    source: 'PEP 3333, Buffering and Streaming',
  },
  {
    id: 'S9',
    what: 'An error that nobody recovered is answered 500, or the status of a `PeerError`, if nothing was sent; else the connection is cut',
    source: 'DESIGN.md, rule 7',
  },
  { id: 'S10', what: 'It runs the deferred functions after the last byte', source: 'DESIGN.md, rule 2' },
]

/** What a pipe may do, and what is known of no other place. */
const PIPE_RULES: readonly Rule[] = [
  {
    id: 'P1',
    what: 'A pipe may change `environ` for the pipes below, and `response` until it has left; after that neither',
    source: 'PSGI; DESIGN.md, rule 6',
  },
  {
    id: 'P2',
    what: 'It may put a body of its own in place of another: then it closes that one, and gives on what it reads without waiting for more',
    source: 'PEP 3333, Middleware Handling of Block Boundaries',
  },
  {
    id: 'P3',
    what: 'What a streamed body still needs it releases with `defer`, not in `leave`',
    source: 'DESIGN.md, rule 6',
  },
]

/** A chapter of the specification. */
export interface Chapter {
  readonly title: string
  /** The letter of its rules. */
  readonly letter: string
  readonly about: string
  readonly rules: readonly Rule[]
  /** Whether lint() checks them. */
  readonly checked: boolean
}

/** The specification. */
export const CHAPTERS: readonly Chapter[] = [
  {
    title: 'The bag and the flow',
    letter: 'F',
    about: 'What every stack does, with PSGI or without. [flow.md](flow.md) explains it. Checked by `lintAll()`.',
    rules: Object.values(FLOW_RULES),
    checked: true,
  },
  {
    title: 'environ',
    letter: 'E',
    about: 'The request. [psgi.md](psgi.md#environ) describes each key.',
    rules: ENVIRON_RULES,
    checked: true,
  },
  {
    title: 'response',
    letter: 'R',
    about: 'The response whenever a pipe has done its work. [psgi.md](psgi.md#response) describes each attribute.',
    rules: RESPONSE_RULES,
    checked: true,
  },
  {
    title: 'A response that is ready',
    letter: 'A',
    about: 'The response when all pipes below the server pipe have left.',
    rules: ANSWER_RULES,
    checked: true,
  },
  { title: 'write', letter: 'W', about: 'The other way to a body.', rules: Object.values(WRITE_RULES), checked: true },
  {
    title: 'A body that is read',
    letter: 'B',
    about: 'B1 and B5 are rules for who makes the body, the others for who reads it: the server, or a pipe in between.',
    rules: Object.values(BODY_RULES),
    checked: true,
  },
  {
    title: 'The helpers of a server',
    letter: 'H',
    about: 'Three functions that turn a response into bytes.',
    rules: ENCODING_RULES,
    checked: false,
  },
  {
    title: 'What a server must do',
    letter: 'S',
    about: 'Besides keeping E, and W and B as reader.',
    rules: SERVER_RULES,
    checked: false,
  },
  {
    title: 'What a pipe may do',
    letter: 'P',
    about: 'Besides keeping F, R, A, W, and B as maker.',
    rules: PIPE_RULES,
    checked: false,
  },
]

// What the parts of our own way cost: the cases, each a stack and what its clients send.

import { type HttpMarbles, http } from '../pipes/http.ts'
import { alias, HeaderList, type Pipe, part, pipe, type Raw, stack } from '../src/index.ts'
import { DEPTH, WORKS } from './works.ts'

/** One case. */
export interface Cost {
  readonly name: string
  readonly title: string
  /** The case that it costs more than, and how many of a kind it has more. */
  readonly over?: readonly [name: string, count: number]
  readonly stack: () => Pipe<Raw>
  /** Blocks of field lines besides Host: of several, each request brings the next. */
  readonly fields: readonly string[]
  /** How many requests come at once on a connection, default 1. */
  readonly depth?: number
}

const TEXT = 'Hello, World!'
const PLAIN = new HeaderList([['Content-Type', 'text/plain; charset=utf-8']])
const BROWSER = (WORKS.find(({ letter }) => letter === 'b')?.fields ?? [])
  .map((pair) => `${pair.join(': ')}\r\n`)
  .join('')
const CHANGING = [`${BROWSER}X-Request-Id: 1\r\n`, `${BROWSER}X-Request-Id: 2\r\n`]

const text = () => TEXT
const inside = () => 1
const insideLater = async () => 1
const out = () => {}
const path = ({ environ }: HttpMarbles) => {
  if (environ.PATH_INFO !== '/') throw new Error('another path than was sent')
  return TEXT
}

const FIVE = part(
  pipe('m1', inside, out),
  pipe('m2', inside, out),
  pipe('m3', inside, out),
  pipe('m4', inside, out),
  pipe('m5', inside, out),
)
const FIVE_LATER = part(
  pipe('m1', insideLater, out),
  pipe('m2', insideLater, out),
  pipe('m3', insideLater, out),
  pipe('m4', insideLater, out),
  pipe('m5', insideLater, out),
)

/** All cases. */
export const COSTS: readonly Cost[] = [
  {
    name: 'string',
    title: 'a request with one field, answered with a string',
    stack: () => stack(http(), text),
    fields: [''],
  },
  {
    name: 'pipelined',
    title: `the same, ${DEPTH} requests at once`,
    over: ['string', 1],
    stack: () => stack(http(), text),
    fields: [''],
    depth: DEPTH,
  },
  {
    name: 'list',
    title: 'response.header_list assigned, a list that is kept',
    over: ['string', 1],
    stack: () =>
      stack(http(), ({ response }) => {
        response.header_list = PLAIN
        return TEXT
      }),
    fields: [''],
  },
  {
    name: 'new-list',
    title: 'response.header_list assigned, a new HeaderList',
    over: ['string', 1],
    stack: () =>
      stack(http(), ({ response }) => {
        response.header_list = new HeaderList([['Content-Type', 'text/plain; charset=utf-8']])
        return TEXT
      }),
    fields: [''],
  },
  {
    name: 'pipes',
    title: 'one more pipe with a leave',
    over: ['string', 5],
    stack: () => stack(http(), FIVE, text),
    fields: [''],
  },
  {
    name: 'pipes-later',
    title: 'one more pipe with an asynchronous enter',
    over: ['string', 5],
    stack: () => stack(http(), FIVE_LATER, text),
    fields: [''],
  },
  {
    name: 'alias',
    title: 'http() under an alias',
    over: ['list', 1],
    stack: () =>
      stack(alias(http(), { response: 'http_response' }), ({ http_response }) => {
        http_response.header_list = PLAIN
        return TEXT
      }),
    fields: [''],
  },
  {
    name: 'alias-pipes',
    title: 'a pipe with a leave under an alias',
    over: ['pipes', 5],
    stack: () => stack(http(), alias(FIVE, { m1: 'n1', m2: 'n2', m3: 'n3', m4: 'n4', m5: 'n5' }), text),
    fields: [''],
  },
  { name: 'environ', title: 'environ read', over: ['string', 1], stack: () => stack(http(), path), fields: [''] },
  {
    name: 'browser',
    title: '12 fields, the same as before, environ unread',
    over: ['string', 1],
    stack: () => stack(http(), text),
    fields: [BROWSER],
  },
  {
    name: 'browser-environ',
    title: '12 fields, the same as before, environ read',
    over: ['browser', 1],
    stack: () => stack(http(), path),
    fields: [BROWSER],
  },
  {
    name: 'changing',
    title: '13 fields, others than before, environ unread',
    over: ['string', 1],
    stack: () => stack(http(), text),
    fields: CHANGING,
  },
  {
    name: 'changing-environ',
    title: '13 fields, others than before, environ read',
    over: ['changing', 1],
    stack: () => stack(http(), path),
    fields: CHANGING,
  },
]

// The works that every server does: what is asked, what is to be answered, and the goal of issue 3.

/** How many requests stand in the pipeline of work `h`. */
export const DEPTH = 16

/** One work. */
export interface Work {
  readonly letter: string
  readonly title: string
  /** Requests per CPU second against bare node:http. */
  readonly goal: number
  /** The same from Node 26 on, where node:http got cheaper, if it differs. */
  readonly goalOn26?: number
  readonly method: 'GET' | 'POST'
  /** Header fields besides Host. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
  /** How many requests are sent at once on a connection. */
  readonly depth: number
  /** What a right answer holds. */
  readonly type: string
  readonly answer: string
}

const TEXT = 'Hello, World!'

/** What Chromium sends with Host: 12 fields. */
const BROWSER = [
  ['Connection', 'keep-alive'],
  ['sec-ch-ua', '"Chromium";v="142", "Not_A Brand";v="99"'],
  ['sec-ch-ua-mobile', '?0'],
  ['sec-ch-ua-platform', '"Linux"'],
  ['Upgrade-Insecure-Requests', '1'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  ],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['Sec-Fetch-Site', 'none'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Accept-Language', 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7'],
] as const

const PLAIN = { method: 'GET', fields: [], body: undefined, depth: 1, type: 'text/plain', answer: TEXT } as const

/** JSON of exactly 1 KiB. */
export function document(): string {
  const rows = Array.from({ length: 12 }, (_, id) => ({
    id,
    name: `row ${id}`,
    tags: ['one', 'two'],
    done: id % 2 === 0,
  }))
  const text = JSON.stringify({ rows, note: '' })
  return JSON.stringify({ rows, note: 'x'.repeat(1_024 - text.length) })
}

/** All works that wrk can measure. */
export const WORKS: readonly Work[] = [
  { ...PLAIN, letter: 'a', title: 'plain text, minimal head', goal: 1.65, goalOn26: 1.3 },
  { ...PLAIN, letter: 'b', title: 'plain text, 12 browser fields', goal: 1.5, goalOn26: 1.6, fields: BROWSER },
  { ...PLAIN, letter: 'c', title: '5 pipes against 5 middlewares', goal: 1.5 },
  { ...PLAIN, letter: 'd', title: 'small JSON', goal: 1.4, type: 'application/json', answer: `{"message":"${TEXT}"}` },
  {
    ...PLAIN,
    letter: 'e',
    title: '1 KiB JSON echoed',
    goal: 1.4,
    method: 'POST',
    fields: [['Content-Type', 'application/json']],
    body: document(),
    type: 'application/json',
    answer: document(),
  },
  {
    ...PLAIN,
    letter: 'f',
    title: '64 KiB body',
    goal: 1.1,
    type: 'application/octet-stream',
    answer: 'pipestack '.repeat(6_554).slice(0, 65_536),
  },
  {
    ...PLAIN,
    letter: 'g',
    title: '16 streamed chunks of 4 KiB',
    goal: 3,
    answer: 'pipestack '.repeat(410).slice(0, 4_096).repeat(16),
  },
  { ...PLAIN, letter: 'h', title: `pipelined, ${DEPTH} deep`, goal: 10, depth: DEPTH },
]

/** The goal on a version of Node: `v20.20.2`. */
export function goalOf({ goal, goalOn26 = goal }: Work, version: string): number {
  return Number(/^v(\d+)/.exec(version)?.[1]) >= 26 ? goalOn26 : goal
}

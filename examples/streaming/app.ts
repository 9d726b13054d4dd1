// A body that has no end: an async generator, asked for more only when the reader takes more, and closed when it goes away.
//
// Run it: npm run build && node dist/src/cli/main.js serve dist/examples/streaming/app.js --listen tcp://127.0.0.1:8080
// Look:   curl -N http://127.0.0.1:8080/clock              a line a second
//         curl http://127.0.0.1:8080/numbers | head -n 5   as fast as it is read
//         curl http://127.0.0.1:8080/open                  how many are being read, and how many lines were made

import { setTimeout as wait } from 'node:timers/promises'
import { adapt_headers, type Pipe, type Raw, stack } from 'pipestack'
import { http } from 'pipestack/pipes/http'
import { router } from 'pipestack/pipes/router'

/** What is going on, for /open. */
const tally = { open: 0, lines: 0 }

const PLAIN = adapt_headers({ 'Content-Type': 'text/plain; charset=utf-8' })

const app: Pipe<Raw> = stack(
  http(),
  ({ response }) => {
    response.header_list = PLAIN
  },
  router({
    '/numbers': ({ response }) => {
      response.body = counted(numbers())
    },
    '/clock': ({ response, signal }) => {
      response.body = counted(clock(signal))
    },
    '/open': () => `${JSON.stringify(tally)}\n`,
  }),
)

export default app

async function* numbers(): AsyncGenerator<string, void, undefined> {
  for (let number = 1; ; number++) yield `${number}\n`
}

/** A line a second. Nobody can close a generator that is waiting, so the signal wakes it when the reader goes away. */
async function* clock(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  while (!signal.aborted) {
    yield `${new Date().toISOString()}\n`
    await wait(1_000, undefined, { signal }).catch(() => {})
  }
}

/** Whatever ends the reading of `lines` (their end, an error, a reader that is gone) comes by the `finally`. */
async function* counted(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  tally.open++
  try {
    for await (const line of lines) {
      tally.lines++
      yield line
    }
  } finally {
    tally.open--
  }
}

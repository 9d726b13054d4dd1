// One request through a part, without a connection: what the pipes wrote, and the response they left behind.

import type { AnyPipe } from '../../src/pipe.ts'
import { type Environ, environTemplate } from '../../src/psgi/environ.ts'
import { Input } from '../../src/psgi/input.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { run } from '../../src/run.ts'

/** The marbles above the part. */
export interface Asking {
  environ: Environ
  response: ResponseMarble
  write(chunk: string): void
}

export interface Asked {
  /** What was written, joined by spaces. */
  readonly text: string
  readonly status: string | Uint8Array
  readonly headers: readonly (readonly [unknown, unknown])[]
  readonly body: unknown
  readonly environ: Environ
}

const SERVER = { scheme: 'http', local: 'tcp://127.0.0.1:80', remote: 'tcp://127.0.0.1:5000' }

/** An environ for `GET /x`; the path as it is after decoding. */
export function environFor(line: string): Environ {
  const space = line.indexOf(' ')
  const environ = environTemplate([], 'localhost', SERVER, new Input(undefined))
  environ.REQUEST_METHOD = line.slice(0, space)
  environ.PATH_INFO = line.slice(space + 1)
  return environ
}

/** Runs `app` for `GET /x`. */
export async function ask(
  app: AnyPipe<Asking, unknown>,
  line: string,
  response: ResponseMarble = new ResponseMarble(),
): Promise<Asked> {
  const written: string[] = []
  const environ = environFor(line)
  await run(app, { environ, response, write: (chunk: string) => void written.push(chunk) })
  const { status, header_list, body } = response
  return { text: written.join(' '), status, headers: [...header_list.as_list()], body, environ }
}

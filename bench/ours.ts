// Pipestack's server for each work: `ours.js LETTER`.

import { type HttpMarbles, http } from '../pipes/http.ts'
import { HeaderList, listen, type Pipe, pipe, type Raw, stack } from '../src/index.ts'

const TEXT = 'Hello, World!'
const BIG = Buffer.alloc(65_536, 'pipestack ')
const CHUNK = Buffer.alloc(4_096, 'pipestack ')
const PLAIN = new HeaderList([['Content-Type', 'text/plain; charset=utf-8']])
const JSON_TYPE = new HeaderList([['Content-Type', 'application/json']])
const BYTES = new HeaderList([['Content-Type', 'application/octet-stream']])

/** How often something was done on the way out. */
export const counter = { out: 0 }

const out = () => {
  counter.out++
}

function text({ response }: HttpMarbles): string {
  response.header_list = PLAIN
  return TEXT
}

async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
  for (let sent = 0; sent < 16; sent++) yield CHUNK
}

const stacks: Readonly<Record<string, () => Pipe<Raw>>> = {
  a: () => stack(http(), text),
  c: () =>
    stack(
      http(),
      pipe('m1', () => 1, out),
      pipe('m2', () => 1, out),
      pipe('m3', () => 1, out),
      pipe('m4', () => 1, out),
      pipe('m5', () => 1, out),
      text,
    ),
  d: () =>
    stack(http(), ({ response }) => {
      response.header_list = JSON_TYPE
      return JSON.stringify({ message: TEXT })
    }),
  e: () =>
    stack(http(), async ({ environ, response }) => {
      response.header_list = JSON_TYPE
      return JSON.stringify(await environ['wsgi.input'].json())
    }),
  f: () =>
    stack(http(), ({ response }) => {
      response.header_list = BYTES
      return BIG
    }),
  g: () =>
    stack(http(), ({ response }) => {
      response.header_list = PLAIN
      response.body = chunks()
    }),
}

const letter = process.argv[2] ?? 'a'
const app = stacks[letter] ?? stacks.a
if (app !== undefined) {
  const listener = await listen('tcp://127.0.0.1:0', app())
  process.send?.({ port: Number(listener.address.split(':').at(-1)) })
}

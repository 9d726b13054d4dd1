// The answer to a request for a file that is there and open.

import type { Bag } from '../../src/bag.ts'
import type { HeaderPair } from '../../src/psgi/header-list.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { answer, cacheLines } from './answer.ts'
import { contentType } from './content-type.ts'
import { type Conditions, type Decision, decide } from './decide.ts'
import { FileBody, readPart } from './file-body.ts'
import type { OpenFile } from './find.ts'
import { entityTag, lastModified, type Version } from './validators.ts'

/** Up to this many bytes are read at once, and leave together with the head. */
const WHOLE_BYTES = 65_536

/** What sendFile() looks at. */
interface Asked {
  readonly environ: Conditions
  readonly response: PsgiResponse
}

/** Puts a file into the response, and sees to it that it is closed. */
export async function sendFile(bag: Bag<Asked>, file: OpenFile, maxAgeSec: number | undefined): Promise<void> {
  const { environ, response } = bag
  const { handle, name } = file
  const now = Date.now()
  let streamed = false
  try {
    const decision = decide(file, environ, now)
    const { status, start, end } = decision
    if (status === '412 Precondition Failed') return answer(response, status, [])
    if (status === '416 Range Not Satisfiable') return answer(response, status, [contentRange(file)])
    const lines = [...validatorLines(file, now), ...cacheLines(response, maxAgeSec)]
    if (status === '304 Not Modified') return answer(response, status, lines, [])
    lines.push(...contentLines(name, file, decision))
    if (environ.REQUEST_METHOD === 'HEAD') return answer(response, status, lines, [])
    if (end - start <= WHOLE_BYTES) return answer(response, status, lines, await readPart(handle, start, end))
    const body = new FileBody(handle, start, end)
    // Who reads it closes it. This is for a body that nobody reads: a pipe above may put another in its place.
    bag.defer(() => body.return())
    streamed = true
    return answer(response, status, lines, body)
  } finally {
    if (!streamed) await handle.close()
  }
}

function validatorLines(file: Version, now: number): HeaderPair[] {
  return [
    ['ETag', entityTag(file, now)],
    ['Last-Modified', lastModified(file, now)],
  ]
}

function contentLines(name: string, file: Version, { status, start, end }: Decision): HeaderPair[] {
  const lines: HeaderPair[] = [
    ['Accept-Ranges', 'bytes'],
    ['Content-Type', contentType(name)],
    ['Content-Length', String(end - start)],
  ]
  if (status === '206 Partial Content') lines.push(contentRange(file, `${start}-${end - 1}`))
  return lines
}

/** RFC 9110 §14.4: the bytes that are sent, and how many there are. */
function contentRange({ size }: Version, bytes = '*'): HeaderPair {
  return ['Content-Range', `bytes ${bytes}/${size}`]
}

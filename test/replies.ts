// A strict reader of HTTP/1.1 responses for tests: whatever it does not expect is an error, so that a test sees every byte.

/** One response as it came. */
export interface Reply {
  readonly status: number
  readonly reason: string
  readonly version: string
  /** Header lines in order, as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** How the body ended. */
  readonly framing: 'length' | 'chunked' | 'close' | 'none'
  readonly body: Buffer
  /** The chunks of a chunked body, each with its bytes. */
  readonly chunks: readonly Buffer[]
  /** Where the response ends in the bytes it was read from. */
  readonly end: number
}

/** The values of a header, joined; undefined without it. */
export function header(reply: Reply | undefined, name: string): string | undefined {
  const values = (reply?.headers ?? []).filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/**
 * Reads the response that begins at `start`.
 *
 * @param method of the request that it answers: HEAD has no body
 * @param closed whether the peer has ended: only then may a body be delimited by that
 * @returns undefined while it is incomplete
 */
export function readReply(bytes: Buffer, start: number, method: string, closed: boolean): Reply | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', start)
  if (headEnd < 0) return undefined
  const lines = bytes.toString('latin1', start, headEnd).split('\r\n')
  const match = /^(HTTP\/1\.[01]) (\d{3}) ([\t -~\x80-\xff]*)$/.exec(lines[0] ?? '')
  if (match === null) throw new Error(`no status line: ${JSON.stringify(lines[0])}`)
  const headers = lines.slice(1).map((line): [string, string] => {
    const field = /^([!#$%&'*+\-.^_`|~\w]+): (.*)$/.exec(line)
    if (field === null) throw new Error(`no header line: ${JSON.stringify(line)}`)
    return [field[1] ?? '', field[2] ?? '']
  })
  const status = Number(match[2])
  const head = { status, reason: match[3] ?? '', version: match[1] ?? '', headers }
  const at = headEnd + 4
  const valuesOf = (name: string) => headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
  const lengths = valuesOf('content-length')
  const codings = valuesOf('transfer-encoding')
  if (lengths.length + codings.length > 1) throw new Error('more than one field frames the response')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { ...head, framing: 'none', body: Buffer.alloc(0), chunks: [], end: at }
  }
  if (codings.length > 0) {
    const read = readChunks(bytes, at)
    if (read === undefined) return undefined
    return { ...head, framing: 'chunked', body: Buffer.concat(read.chunks), chunks: read.chunks, end: read.end }
  }
  if (lengths.length > 0) {
    const end = at + Number(lengths[0])
    if (!/^\d+$/.test(lengths[0] ?? '')) throw new Error(`Content-Length is ${lengths[0]}`)
    return bytes.length < end
      ? undefined
      : { ...head, framing: 'length', body: bytes.subarray(at, end), chunks: [], end }
  }
  if (!closed) return undefined
  return { ...head, framing: 'close', body: bytes.subarray(at), chunks: [], end: bytes.length }
}

function readChunks(bytes: Buffer, start: number): { chunks: Buffer[]; end: number } | undefined {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const line = bytes.toString('latin1', at, lineEnd)
    if (!/^[\da-f]+$/i.test(line)) throw new Error(`no chunk size: ${JSON.stringify(line)}`)
    const size = Number.parseInt(line, 16)
    const end = lineEnd + 2 + size
    if (bytes.length < end + 2) return undefined
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new Error('chunk data is not followed by CRLF')
    if (size === 0) return { chunks, end: end + 2 }
    chunks.push(bytes.subarray(lineEnd + 2, end))
    at = end + 2
  }
}

/**
 * Reads all responses of a closed connection. What is left over is an error.
 *
 * @param methods of the requests, in order; GET where there is none
 */
export function readReplies(bytes: Buffer, methods: readonly string[] = []): Reply[] {
  const replies: Reply[] = []
  let answered = 0
  for (let at = 0; at < bytes.length; ) {
    const reply = readReply(bytes, at, methods[answered] ?? 'GET', true)
    if (reply === undefined)
      throw new Error(`a response is cut off: ${JSON.stringify(bytes.toString('latin1', at, at + 500))}`)
    replies.push(reply)
    if (reply.status >= 200) answered++
    at = reply.end
  }
  return replies
}

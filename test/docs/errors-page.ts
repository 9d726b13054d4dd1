// docs/reference/errors.md, made of the tables in src/errors.ts. To write it: node dist/test/docs/errors-page.js

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LOST_CODES, PEER_CODES, USAGE_CODES } from '../../src/errors.ts'
import { ROOT } from '../house/sources.ts'

const INTRODUCTION = `# Errors

*Made from the tables in [src/errors.ts](../../src/errors.ts) by \`node dist/test/docs/errors-page.js\`. A test keeps it so.*

There are two families, and one class for calls without an answer; every error has a \`code\` from a closed table.

| class | who is to blame | thrown | what the peer sees |
|---|---|---|---|
| \`UsageError\` | you: pipestack was used wrongly | when the stack is built, wherever that is possible | nothing of it: a plain 500 page |
| \`EncodeError\`, a \`UsageError\` | you: the response cannot become bytes | when it is encoded | the same |
| \`PeerError\` | the other side broke the protocol | when that is noticed | its \`status\` and its message |
| \`ConnectionLostError\` | the connection: a call has no answer | when the connection is lost | nothing: it is not there |

The first three have \`code\`, \`pipe\` and \`marble\` (the names of the pipe that met it and of the marble that it is about, where there are
such) and \`cause\`. A \`PeerError\` has \`status\` besides: the HTTP status to answer, 400 unless the thrower knows better. You may
throw one yourself, to answer a request with it:

\`\`\`ts
import { PeerError } from 'pipestack'

if (environ.CONTENT_TYPE !== 'application/json') {
  throw new PeerError('BODY_BAD', 'the body is not JSON', { status: 415, marble: 'wsgi.input' })
}
\`\`\`

A message says who, what was found, what is allowed and what to do. What a peer sent is quoted in it, escaped and cut at 40
characters; values of header lines are never shown.

An error that your own pipe throws is not wrapped: it leaves the flow as the object that you threw. Where it came from is noted
beside it:

\`\`\`ts
import { failureOf } from 'pipestack'

await listen('tcp://127.0.0.1:8080', app, {
  onError(error) {
    const { pipe, stage } = failureOf(error) ?? {}            // 'db', 'leave'
    console.error(pipe, stage, error)
  },
})
\`\`\`

A second error that is thrown while a flow is being left with a first hangs on that one, as \`suppressed\`: see
[flow.md](flow.md#errors).
`

/** The page. */
export function errorsPage(): string {
  return [
    INTRODUCTION,
    table('UsageError and EncodeError', USAGE_CODES),
    table('PeerError', PEER_CODES),
    table('ConnectionLostError', LOST_CODES),
  ].join('\n')
}

function table(title: string, codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return `## ${title}\n\n| code | what it says |\n|---|---|\n${rows.join('\n')}\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(ROOT, 'docs/reference/errors.md'), errorsPage())

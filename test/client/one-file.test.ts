import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { join } from '../../src/client/bundle/join.ts'

const MODULES = fileURLToPath(new URL('../../', import.meta.url))

describe('the client as one file', () => {
  // Whoever lets something of Node.js into what is shared with channels() finds out here, and by the compiler.
  const text = join('src/client.js', (path) => readFileSync(joinPath(MODULES, path), 'utf8'))

  it('exports what the module does', () => {
    const names = /export \{ (.*) \}\n$/.exec(text)?.[1]?.split(', ')
    assert.deepEqual(names, ['ChannelError', 'ConnectionLostError', 'PeerError', 'UsageError', 'connect'])
  })

  it('runs where there is nothing but what a page has', () => {
    const asked: string[] = []
    const page = {
      AbortController,
      TextDecoder,
      URL,
      console,
      queueMicrotask,
      clearTimeout,
      setTimeout,
      location: { href: 'https://app.example/a/' },
      fetch(url: string) {
        asked.push(url)
        return new Promise(() => {})
      },
    }
    const script = text.replace(
      /export \{.*\}\n$/,
      "const live = connect({ sse: '../events' }); live.open('log'); live.close()",
    )
    runInContext(script, createContext(page))
    assert.deepEqual(asked, ['https://app.example/events'])
  })
})

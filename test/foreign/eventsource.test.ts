// Readers of event streams that others wrote: undici's EventSource, and Chromium's.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { chromium } from 'playwright-core'
import { EventSource } from 'undici'
import { channels } from '../../pipes/channels.ts'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { router } from '../../pipes/router.ts'
import { sse } from '../../pipes/sse.ts'
import { part, stack } from '../../src/index.ts'
import { serve } from '../wire.ts'

const PROGRAM = '/usr/bin/chromium'
const skip =
  existsSync(PROGRAM) || process.env.CI !== undefined ? false : `there is no ${PROGRAM}: apt-get install chromium`

const TEXTS = ['Γειά σου', '你好\nשלום', ' a: b', '', 'x'.repeat(100_000)]

/** Ends after every event; goes on with the one behind the last that the reader has. */
const app = stack(
  http(),
  router({
    '/': () => '<!doctype html><title>events</title>',
    '/events': part(sse({ retryMs: 1 }), async ({ sse }) => {
      const at = Number(sse.lastEventId ?? 0)
      if (at < TEXTS.length) await sse.send({ id: String(at + 1), event: 'text', data: TEXTS[at] ?? '' })
    }),
    '/live': part(
      sse(),
      json(),
      channels({
        echo: async (channel) => {
          for await (const event of channel) await channel.emit(event)
        },
      }),
    ),
  }),
)

describe("undici's EventSource", { timeout: 60_000 }, () => {
  it('reads every event, and comes back for the next one with the id of the last', async () => {
    await using server = await serve(app)
    const source = new EventSource(`${server.url}/events`)
    const got = await new Promise<unknown[]>((resolve) => {
      const events: unknown[] = []
      source.addEventListener('text', (event) => {
        if (events.push(Reflect.get(event, 'data')) === TEXTS.length) resolve(events)
      })
    })
    source.close()
    assert.deepEqual(got, TEXTS)
    assert.deepEqual(server.errors, [])
  })
})

describe("Chromium's EventSource", { skip, timeout: 120_000 }, () => {
  it('reads every event, comes back with the id of the last, and posts to the channels of its stream', async () => {
    await using server = await serve(app)
    const browser = await chromium.launch({
      executablePath: PROGRAM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    })
    try {
      const page = await browser.newPage()
      await page.goto(server.url)
      const texts = await page.evaluate(`new Promise((resolve) => {
        const events = []
        const source = new EventSource('/events')
        source.addEventListener('text', ({ data }) => {
          if (events.push(data) < ${TEXTS.length}) return
          source.close()
          resolve(events)
        })
      })`)
      assert.deepEqual(texts, TEXTS)
      const echoed = await page.evaluate(`new Promise((resolve, reject) => {
        const source = new EventSource('/live')
        source.onmessage = ({ data }) => {
          source.close()
          resolve(JSON.parse(data))
        }
        source.addEventListener('stream', async ({ data: id }) => {
          const body = JSON.stringify({ channel: 'echo', event: 'Ω' })
          const { status } = await fetch('/live', { method: 'POST', headers: { 'Stream-Id': id }, body })
          if (status !== 204) reject(new Error(String(status)))
        })
      })`)
      assert.deepEqual(echoed, { channel: 'echo', event: 'Ω' })
    } finally {
      await browser.close()
    }
    assert.deepEqual(server.errors, [])
  })
})

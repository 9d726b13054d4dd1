import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { HttpMarbles } from '../../pipes/http.ts'
import { join } from '../../src/client/bundle/join.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { LiveServer } from '../client/live-server.ts'

const PROGRAM = '/usr/bin/chromium'
// On CI a browser that is missing is an error of CI.
const skip =
  existsSync(PROGRAM) || process.env.CI !== undefined ? false : `there is no ${PROGRAM}: apt-get install chromium`

const PAGE = `<!doctype html><html lang=en><title>log</title><link rel=icon href=data:,><script type=module>
import { connect } from './client.js'
window.taken = []
window.states = []
window.live = connect({ websocket: '/live', sse: '/events', longpoll: '/poll' }, { reconnect: { maxMs: 200 }, timeoutMs: 2_000 })
live.onState((state) => states.push(state))
window.log = live.open('log')
for await (const text of log) taken.push(text)
</script>`

function sends(type: string, body: string) {
  return ({ response }: Pick<HttpMarbles, 'response'>) => {
    response.header_list = new HeaderList([['Content-Type', `${type}; charset=utf-8`]])
    return body
  }
}

/** What the page has taken, once that is so much. */
async function taken(page: Page, count: number): Promise<unknown> {
  await page.waitForFunction(`taken.length >= ${count}`, undefined, { polling: 20, timeout: 20_000 })
  return page.evaluate('taken')
}

async function open(browser: BrowserContext, url: string): Promise<Page> {
  const page = await browser.newPage()
  page.on('pageerror', (error) => assert.fail(error))
  await page.goto(`${url}/`)
  await page.waitForFunction('window.live?.state === "open"', undefined, { polling: 20, timeout: 20_000 })
  return page
}

describe('the client in Chromium', { skip, timeout: 120_000 }, () => {
  const modules = fileURLToPath(new URL('../../', import.meta.url))
  const client = join('src/client.js', (path) => readFileSync(joinPath(modules, path), 'utf8'))

  for (const [blocked, way] of [
    [[], 'websocket'],
    [['websocket'], 'sse'],
    [['websocket', 'sse'], 'longpoll'],
  ] as const) {
    it(`by ${way}: two pages see each other, and miss nothing while the server is started anew`, async () => {
      await using server = await LiveServer.start({
        '/': sends('text/html', PAGE),
        '/client.js': sends('text/javascript', client),
      })
      for (const each of blocked) server.blocked.add(each)
      const browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-gpu'] })
      try {
        const context = await browser.newContext()
        const [one, other] = [await open(context, server.url), await open(context, server.url)]
        for (const page of [one, other]) assert.equal(await page.evaluate('live.transport'), way)
        await one.evaluate('log.emit("Grüße")')
        await taken(one, 1)
        await other.evaluate('log.emit("你好")')
        for (const page of [one, other]) {
          // The other one may have come after the first event.
          await page.waitForFunction('taken.at(-1) === "你好"', undefined, { polling: 20, timeout: 20_000 })
          await page.evaluate('taken.splice(0).length')
        }
        await server.stop()
        await server.hub.publish('log', 'while it was down')
        await server.start()
        await one.waitForFunction('taken.length > 0', undefined, { polling: 20, timeout: 20_000 })
        await one.evaluate('log.emit("after it")')
        for (const page of [one, other]) assert.deepEqual(await taken(page, 2), ['while it was down', 'after it'])
        for (const page of [one, other]) assert.equal(await page.evaluate('live.transport'), way)
        await one.evaluate('live.close()')
        assert.equal(await one.evaluate('live.state'), 'closed')
      } finally {
        await browser.close()
      }
      assert.deepEqual(server.errors, [])
    })
  }
})

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { chromium } from 'playwright-core'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { ask, serveHttp, Wire } from '../wire.ts'

const PROGRAM = '/usr/bin/chromium'
// On CI a browser that is missing is an error of CI.
const skip =
  existsSync(PROGRAM) || process.env.CI !== undefined ? false : `there is no ${PROGRAM}: apt-get install chromium`

const TEXTS = {
  greek: 'Γειά σου Κόσμε',
  chinese: '你好，世界',
  hebrew: 'שלום עולם',
}
const ALL = Object.values(TEXTS).join(' | ')

/** What each charset holds; the rest of the page comes as character references. */
const CHARSETS = ['utf-8', 'iso-8859-7', 'windows-1255', 'gb18030', 'big5', 'shift_jis', 'iso-8859-1']

describe('Chromium', { skip, timeout: 120_000 }, () => {
  it('shows a page in Greek, Chinese and Hebrew, in any charset, and the next ones on the same connection', async () => {
    const ports = new Set<string | undefined>()
    await using served = await serveHttp(async ({ environ, response, write }) => {
      const charset = environ.QUERY_STRING
      ports.add(environ.REMOTE_PORT)
      response.header_list = new HeaderList([['Content-Type', `text/html; charset=${charset}`]])
      const page = `<!doctype html><title>${TEXTS.greek}</title><p>${ALL}</p><p id="posted"></p>`
      if (environ.PATH_INFO === '/favicon.ico') response.status = '404 Not Found'
      else if (environ.REQUEST_METHOD === 'POST') await write(await environ['wsgi.input'].text())
      else if (environ.PATH_INFO === '/pieces') for (const unit of page.split('')) await write(unit)
      else return page
    })
    // The bytes are in that charset: no page is UTF-8 under another name.
    for (const charset of CHARSETS) {
      using wire = await Wire.open(served.address)
      const { body } = await wire.send(ask(`GET /?${charset}`)).reply()
      const text = new TextDecoder(charset, { fatal: true }).decode(body)
      assert.equal(text.includes(TEXTS.greek), ['utf-8', 'iso-8859-7', 'gb18030'].includes(charset), charset)
    }
    ports.clear()
    const browser = await chromium.launch({
      executablePath: PROGRAM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    try {
      const page = await browser.newPage()
      for (const charset of CHARSETS) {
        for (const path of ['/', '/pieces']) {
          await page.goto(`${served.url}${path}?${charset}`)
          assert.equal(await page.textContent('p'), ALL, `${path} in ${charset}`)
          assert.equal(await page.title(), TEXTS.greek)
          assert.equal(
            ((await page.evaluate('document.characterSet')) as string).toLowerCase(),
            charset.replace('iso-8859-1', 'windows-1252').replace('windows-1252-7', 'iso-8859-7'),
          )
        }
      }
      const posted = await page.evaluate(
        `fetch('/?utf-8', { method: 'POST', body: ${JSON.stringify(ALL)} }).then((r) => r.text())`,
      )
      assert.equal(posted, ALL)
      assert.ok(ports.size < CHARSETS.length, `${ports.size} connections for ${2 * CHARSETS.length} pages`)
    } finally {
      await browser.close()
    }
    assert.deepEqual(served.errors, [])
  })
})

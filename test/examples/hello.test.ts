import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import app from '../../examples/hello/app.ts'
import { OFFERED, PASSAGES, page } from '../../examples/hello/page.ts'
import { type Listener, listen } from '../../src/index.ts'

const CHROMIUM = '/usr/bin/chromium'
const CHROMIUM_ARGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const CHARSETS = Object.values(OFFERED).flat()

describe('examples/hello', { timeout: 60_000 }, () => {
  let listener: Listener
  let origin: string

  before(async () => {
    listener = await listen('tcp://127.0.0.1:0', app)
    origin = listener.address.replace('tcp:', 'http:')
  })

  after(() => listener.close({ graceMs: 0 }))

  for (const charset of CHARSETS) {
    test(`the page arrives whole in ${charset}`, async () => {
      const answer = await fetch(`${origin}/?charset=${charset}`)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), `text/html; charset=${charset}`)
      const text = new TextDecoder(charset, { fatal: true }).decode(await answer.arrayBuffer())
      assert.equal(resolveReferences(text), page(charset))
    })
  }

  test('a charset has its own characters as bytes, the others as references', async () => {
    const answer = await fetch(`${origin}/?charset=iso-8859-7`)
    const text = new TextDecoder('iso-8859-7').decode(await answer.arrayBuffer())
    assert.match(text, /Γειά σου, Κόσμε/)
    assert.match(text, /&#20320;&#22909;/)
    assert.match(text, /&#1513;&#1500;&#1493;&#1501;/)
  })

  test('the page is in UTF-8 where no charset is asked for, and names are read in any case', async () => {
    assert.equal((await fetch(origin)).headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(
      (await fetch(`${origin}/?charset=Shift_JIS`)).headers.get('content-type'),
      'text/html; charset=shift_jis',
    )
  })

  for (const charset of ['klingon', 'utf-7', 'iso-2022-jp', 'x-user-defined', 'utf-32', '', '"', 'utf-8%0D%0AX: y']) {
    test(`a charset that is unknown or unsafe is answered 400 with the list: ${JSON.stringify(charset)}`, async () => {
      const answer = await fetch(`${origin}/?charset=${charset}`)
      assert.equal(answer.status, 400)
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
      assert.equal(answer.headers.get('x'), null)
      const text = await answer.text()
      for (const offered of CHARSETS) assert.match(text, new RegExp(`<a href="\\?charset=${offered}">`))
    })
  }

  test('the name of a charset cannot bring markup into the page', async () => {
    const text = await (await fetch(`${origin}/?charset=${encodeURIComponent('<script>alert(1)</script>')}`)).text()
    assert.doesNotMatch(text, /<script/)
    assert.match(text, /nobody knows it/)
    assert.match(await (await fetch(`${origin}/?charset=utf-7`)).text(), /<strong>utf-7<\/strong>/)
  })

  test('other paths are 404 and other methods 405', async () => {
    assert.equal((await fetch(`${origin}/favicon.ico`)).status, 404)
    const answer = await fetch(origin, { method: 'DELETE' })
    assert.equal(answer.status, 405)
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
  })

  describe('in Chromium', { skip: withoutChromium() }, () => {
    let browser: Browser

    before(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS.split(' ') })
    })

    after(() => browser.close())

    test('the text on the page is the original in every charset', async () => {
      const tab = await browser.newPage()
      for (const charset of CHARSETS) {
        await tab.goto(`${origin}/?charset=${charset}`)
        assert.equal(String(await tab.evaluate('document.characterSet')).toLowerCase(), charset)
        const shown = await tab.locator('main h2, main p, main footer').allTextContents()
        const written = PASSAGES.flatMap(({ greeting, sentence, line, source }) => [greeting, sentence, line, source])
        assert.deepEqual(shown, written, charset)
        assert.equal(await tab.locator('a[aria-current]').textContent(), charset)
      }
    })

    test('a link leads to the same page in another charset', async () => {
      const tab = await browser.newPage()
      await tab.goto(origin)
      await tab.getByRole('link', { name: 'gb18030' }).click()
      await tab.waitForURL('**/?charset=gb18030')
      assert.equal(await tab.evaluate('document.characterSet'), 'gb18030')
      assert.equal(await tab.getByRole('heading', { name: '你好，世界' }).count(), 1)
    })
  })
})

/** Why the browser tests are skipped. In CI they never are: there a missing browser fails them. */
function withoutChromium(): string | false {
  return existsSync(CHROMIUM) || process.env.CI !== undefined ? false : `there is no ${CHROMIUM} on this machine`
}

function resolveReferences(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
}

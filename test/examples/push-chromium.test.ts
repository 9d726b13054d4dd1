import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { Store } from '../../examples/push/store.ts'

const CHROMIUM = '/usr/bin/chromium'
const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const APP = fileURLToPath(new URL('../../examples/push/app.js', import.meta.url))

/** Why these tests are skipped. In CI they never are: there a missing browser fails them. */
const skip =
  existsSync(CHROMIUM) || process.env.CI !== undefined ? false : `there is no ${CHROMIUM}: apt-get install chromium`

describe('examples/push in Chromium', { skip, timeout: 90_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-push-'))
  let browser: Browser
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  for (const [blocked, way] of [
    [[], 'WebSocket'],
    [['/live'], 'server-sent events'],
    [['/live', '/events'], 'long-poll'],
  ] as const) {
    test(`by ${way}: two pages see each other, and miss nothing when the server is killed and started again`, async () => {
      const database = join(folder, `${way}.sqlite`)
      await using server = await Server.start(database)
      const [ada, bob] = await Promise.all(
        ['Ada', 'Bob'].map(async (name) => {
          const page = await open(await contextWithout(browser, blocked), server.url)
          await register(page, name)
          await page.getByText(`Live by ${way}`).waitFor()
          return page
        }),
      )
      assert.ok(ada !== undefined && bob !== undefined)

      await ada.getByLabel('About you').fill('counts')
      await ada.getByRole('button', { name: 'Save' }).click()
      await bob.getByRole('listitem').filter({ hasText: 'Ada' }).filter({ hasText: 'counts' }).waitFor()
      await ada.getByLabel('Say something').pressSequentially('1 <b>&amp;')
      await bob.getByText('Ada is writing …').waitFor()
      await say(ada, '1 <b>&amp; 2')
      await say(bob, '你好')
      for (const page of [ada, bob]) {
        await page.getByText('1 <b>&amp; 2', { exact: true }).waitFor()
        await page.getByText('你好', { exact: true }).waitFor()
      }

      await server.kill()
      using store = new Store(database)
      store.addEntry('Nobody', 'said', 'while it was down')
      await ada.getByText('No connection, trying again …').waitFor()
      await ada.getByLabel('Say something').fill('into the void')
      await ada.getByRole('button', { name: 'Send' }).click()
      await ada.getByText('The server cannot be reached.').waitFor()
      await server.start()
      for (const page of [ada, bob]) await page.getByText(`Live by ${way}`).waitFor()
      await say(ada, 'after it')
      for (const page of [ada, bob]) {
        await page.getByText('after it', { exact: true }).waitFor()
        // Bob came later, and began with what Ada had seen before.
        assert.deepEqual(await page.evaluate(NUMBERS), [1, 2, 3, 4, 5, 6, 7])
        await page.getByText('while it was down', { exact: true }).waitFor()
      }
    })
  }

  test('who logs out is out in all windows; the pages fit a telephone, and the policy forbids nothing that they need', async () => {
    await using server = await Server.start(join(folder, 'windows.sqlite'))
    const context = await browser.newContext({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' })
    const one = await open(context, server.url)
    const fits = 'document.documentElement.scrollWidth <= innerWidth'
    assert.equal(await one.evaluate(fits), true)
    await register(one, 'Ada')
    const other = await open(context, server.url)
    await other.getByText('Ada (you)').waitFor()
    await say(other, 'x'.repeat(500))
    await one.getByText('x'.repeat(500)).waitFor()
    assert.equal(await one.evaluate(fits), true)
    await one.getByRole('button', { name: 'Log out' }).click()
    for (const page of [one, other]) await page.getByRole('button', { name: 'Log in' }).waitFor()
    await one.getByLabel('Name').fill('Ada')
    await one.getByLabel('Password').fill('wrong horse')
    await one.getByRole('button', { name: 'Log in' }).click()
    await one.getByRole('alert').filter({ hasText: 'The name or the password is wrong.' }).waitFor()
    await context.close()
  })
})

const NUMBERS = '[...document.querySelectorAll("#log li")].map((entry) => Number(entry.dataset.number))'

/** A browser of somebody else, in which somebody on the way lets some paths through no more. */
async function contextWithout(browser: Browser, blocked: readonly string[]): Promise<BrowserContext> {
  const context = await browser.newContext()
  for (const path of blocked) {
    await context.route(`**${path}`, (route) => route.abort())
    await context.routeWebSocket(`**${path}`, (socket) => socket.close())
  }
  return context
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => assert.fail(error))
  page.on('console', (message) => assert.doesNotMatch(message.text(), /Content Security Policy/))
  await page.goto(url)
  return page
}

async function register(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText(`${name} (you)`).waitFor()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Say something').fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** The example as a process of its own, which can be killed, and started again at its port. */
class Server implements AsyncDisposable {
  readonly #database: string
  #address = 'tcp://127.0.0.1:0'
  #child: ChildProcess | undefined

  private constructor(database: string) {
    this.#database = database
  }

  static async start(database: string): Promise<Server> {
    const server = new Server(database)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [CLI, 'serve', APP, '--listen', this.#address], {
      env: { ...process.env, PUSH_DATABASE: this.#database },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    this.#address = /tcp:\S+/.exec(String(line))?.[0] ?? assert.fail(`the server said ${line}`)
  }

  get url(): string {
    return this.#address.replace('tcp', 'http')
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

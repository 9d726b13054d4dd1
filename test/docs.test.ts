import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { before, describe, test } from 'node:test'
import { blocksOf, pages } from './docs/blocks.ts'
import { type Complaints, compileBlocks, compiledPath } from './docs/compiler.ts'
import { ROOT } from './house/sources.ts'

// The marks of a block: none, it compiles; `run`, it runs to its end and prints the block of text below it; `serve`, it runs,
// prints the address it serves, answers, and ends by SIGINT; `no-check`, it does not compile, for the reason below it.
const BLOCKS = pages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'ts')
const [CHECKED, PROGRAMS, REFUSED] = [
  BLOCKS.filter(({ marks }) => marks.length === 0),
  BLOCKS.filter(({ marks }) => marks.includes('run') || marks.includes('serve')),
  BLOCKS.filter(({ marks }) => marks.includes('no-check')),
]

describe('documentation', { timeout: 120_000 }, () => {
  test('every block of TypeScript has a known mark or none', () => {
    const known = [...CHECKED, ...PROGRAMS, ...REFUSED]
    assert.deepEqual(
      BLOCKS.filter((block) => !known.includes(block)).map(({ place }) => place),
      [],
    )
  })

  test('every block without a mark compiles', async () => {
    const complaints = await compileBlocks('checked', CHECKED, true)
    assert.deepEqual([...complaints.values()], [])
  })

  describe('blocks that are marked no-check do not compile', () => {
    let complaints: Complaints

    before(async () => {
      complaints = await compileBlocks('refused', REFUSED, true)
    })

    for (const block of REFUSED) {
      test(block.place, () => {
        const found = complaints.get(block)
        assert.ok(found !== undefined, 'it compiles')
        // Long messages are shown by their end, or with … for what is left out.
        for (const words of (block.output ?? '').split('…')) {
          assert.ok(flat(found).includes(flat(words)), `${found}does not say: ${words}`)
        }
      })
    }
  })

  describe('programs', () => {
    let complaints: Complaints

    before(async () => {
      complaints = await compileBlocks('programs', PROGRAMS, false)
    })

    test('every program compiles', () => assert.deepEqual([...complaints.values()], []))

    for (const block of PROGRAMS) {
      if (block.marks.includes('run')) {
        test(`${block.place} runs and prints what the page says`, async () => {
          const printed = await run(compiledPath('programs', block))
          assert.equal(printed, block.output ?? printed)
        })
      } else test(`${block.place} serves`, () => serves(compiledPath('programs', block)))
    }
  })

  test('the program of the README has at most 20 lines', () => {
    const [program] = PROGRAMS.filter(({ page }) => page === 'README.md')
    assert.ok(program !== undefined)
    assert.ok(program.text.trim().split('\n').length <= 20)
  })

  test('the index of docs/ leads to every page', () => {
    const linked = linksOf('docs/README.md').map((link) => `docs/${link.split('#')[0]}`)
    const below = pages().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    assert.deepEqual(
      below.filter((page) => !linked.includes(page)),
      [],
    )
  })

  for (const page of pages()) {
    test(`every link of ${page} leads somewhere`, () => {
      const dead = linksOf(page).filter((link) => !leads(page, link))
      assert.deepEqual(dead, [])
    })
  }
})

function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Runs a program to its end. Gives what it printed; what it complained of is an error. */
function run(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [path], { timeout: 30_000 }, (error, out, err) => {
      if (error !== null || err !== '') reject(new Error(`${path}: ${error?.message ?? ''}${err}`))
      else resolve(out)
    })
  })
}

/** Runs a server, at a port that is free, until it has answered. */
async function serves(path: string): Promise<void> {
  const source = readFileSync(path, 'utf8')
  assert.match(source, /127\.0\.0\.1:8080/)
  const elsewhere = path.replace(/\.js$/, '.served.js')
  writeFileSync(elsewhere, source.replaceAll('127.0.0.1:8080', '127.0.0.1:0'))
  const server = spawn(process.execPath, [elsewhere], { timeout: 30_000 })
  const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal)))
  let complaint = ''
  server.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  for await (const line of createInterface(server.stdout)) {
    const address = /tcp:\/\/(\S+)/.exec(line)?.[1]
    assert.ok(address !== undefined, `it printed ${line}`)
    const answer = await fetch(`http://${address}/`)
    assert.equal(answer.status, 200)
    await answer.text()
    server.kill('SIGINT')
    break
  }
  const end = await ended
  assert.ok(end === 0 || end === 'SIGINT', `it ended by ${end}: ${complaint}`)
  assert.equal(complaint, '')
}

/** The targets of a page's links, without those of other sites. */
function linksOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

function leads(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
  if (!existsSync(target)) return false
  if (anchor === undefined) return true
  const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title))
  return headings.includes(anchor)
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

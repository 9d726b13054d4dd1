import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { Child, runs } from './children.ts'

/** One line on stderr, nothing on stdout. */
function oneLine({ stdout, stderr }: { stdout: string; stderr: string }): string {
  assert.equal(stdout, '')
  assert.match(stderr, /^pipestack: [^\n]+\n$/)
  return stderr.slice('pipestack: '.length, -1)
}

describe('pipestack', () => {
  it('shows its commands on --help', async () => {
    for (const word of ['--help', '-h']) {
      const { code, stdout, stderr } = await runs([word])
      assert.equal(code, 0)
      assert.match(stdout, /^Usage: pipestack COMMAND/)
      assert.match(stdout, /\n {2}serve {5}serves the stack/)
      assert.equal(stderr, '')
    }
  })

  it('shows the version of its package on --version, also behind a command', async () => {
    const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(text)
    for (const words of [['--version'], ['-v'], ['serve', '--version']]) {
      assert.deepEqual(await runs(words), { code: 0, stdout: `${version}\n`, stderr: '' })
    }
  })

  it('shows what a command takes on --help behind it, whatever else stands there', async () => {
    const { code, stdout } = await runs(['serve', 'nothing.js', '--help'])
    assert.equal(code, 0)
    assert.match(stdout, /^Usage: pipestack serve MODULE/)
    assert.match(stdout, /--grace TIME/)
  })

  it('exits with 2 and one line for a wrong command line', async () => {
    const table: [string[], string][] = [
      [[], 'no command was given. (see pipestack --help)'],
      [['server'], 'there is no command "server". There are: serve, call. (see pipestack --help)'],
      [['--port'], "Unknown option '--port'. (see pipestack --help)"],
      [['serve', 'a.js', '--port', '80'], "Unknown option '--port'. (see pipestack serve --help)"],
    ]
    for (const [words, line] of table) {
      const ended = await runs(words)
      assert.equal(oneLine(ended), line)
      assert.equal(ended.code, 2, words.join(' '))
    }
  })

  it('ends quietly where nobody reads what it says', async () => {
    const child = new Child(['--help'])
    child.process.stdout.destroy()
    const { code, stderr } = await child.ended
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })
})

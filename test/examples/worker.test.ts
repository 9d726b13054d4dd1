import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import app, { web } from '../../examples/worker/app.ts'
import { listen } from '../../src/index.ts'
import { request } from '../../src/testing.ts'
import { Queue, Subject, withoutNats, withoutRabbit } from '../brokers.ts'

const run = promisify(execFile)
const CLIENT = fileURLToPath(new URL('../../examples/worker/client.js', import.meta.url))
const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const APP = fileURLToPath(new URL('../../examples/worker/app.js', import.meta.url))

const [noRabbit, noNats] = [await withoutRabbit(), await withoutNats()]

describe('examples/worker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-worker-'))
  after(() => rmSync(folder, { recursive: true }))

  const said = '6 words. The longest:\n- quick\n- brown\n- said\n'
  const text = 'The quick brown fox, I said'

  for (const address of [`ipc://${folder}/worker.sock`, 'tcp://127.0.0.1:0']) {
    it(`counts words at ${address.slice(0, 3)}`, async () => {
      await using listener = await listen(address, app)
      const { stdout } = await run(process.execPath, [CLIENT, listener.address, text])
      assert.equal(stdout, said)
    })
  }

  it('counts words at amqp', { skip: noRabbit }, async () => {
    await using queue = await Queue.open()
    await using _listener = await listen(queue.address, app)
    const { stdout } = await run(process.execPath, [CLIENT, queue.address, text])
    assert.equal(stdout, said)
  })

  for (const kind of ['core', 'stream'] as const) {
    it(`counts words at nats, ${kind}`, { skip: noNats }, async () => {
      await using subject = await Subject.open(kind)
      await using _listener = await listen(subject.address, app)
      const { stdout } = await run(process.execPath, [CLIENT, subject.address, text])
      assert.equal(stdout, said)
    })
  }

  it('counts words as a child process of its client', async () => {
    const address = `stdio:${process.execPath} ${CLI} serve ${APP} --listen stdio:`
    const { stdout, stderr } = await run(process.execPath, [CLIENT, address, text])
    assert.match(stdout, /^6 words/)
    assert.match(stderr, /serving .* at stdio:/)
  })

  it('counts words behind HTTP', async () => {
    const body = { jsonrpc: '2.0', method: 'words', params: { text: '你好,世界', language: 'zh' }, id: 1 }
    const answer = await request(web, 'POST /', { body })
    assert.deepEqual(answer.json(), { jsonrpc: '2.0', result: 2, id: 1 })
    assert.equal((await request(web, 'GET /')).status, 405)
  })
})

// Before a server is measured, its answer is looked at: a wrong one may be the fastest of all.

import { request } from 'node:http'
import { connect } from 'node:net'
import type { Work } from './works.ts'

const PATIENCE_MS = 5_000

/** Asks once. Throws where status, type or body are not those of the work. */
export async function check(port: number, work: Work): Promise<void> {
  const { status, type, body } = await ask(port, work)
  if (status !== 200) throw new Error(`status ${status}, not 200`)
  if (!type.startsWith(work.type)) throw new Error(`Content-Type ${JSON.stringify(type)}, not ${work.type}`)
  if (body !== work.answer) {
    const found = JSON.stringify(body.slice(0, 40))
    throw new Error(`a body of ${body.length} bytes, ${found} …, not the ${work.answer.length} of the work`)
  }
  if (work.depth > 1) await checkPipeline(port, work)
}

interface Answer {
  readonly status: number | undefined
  readonly type: string
  /** As Latin-1. */
  readonly body: string
}

function ask(port: number, work: Work): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(work.fields)
    const options = { host: '127.0.0.1', port, method: work.method, headers, agent: false, timeout: PATIENCE_MS }
    const asked = request(options, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => {
        resolve({ status: response.statusCode, type: response.headers['content-type'] ?? '', body })
      })
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)))
    asked.on('error', reject)
    asked.end(work.body)
  })
}

function checkPipeline(port: number, work: Work): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.setEncoding('latin1').setTimeout(PATIENCE_MS, () => {
      socket.destroy(new Error(`${text.split(work.answer).length - 1} answers to ${work.depth} pipelined requests`))
    })
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.split(work.answer).length - 1 < work.depth) return
      socket.destroy()
      if (text.split('HTTP/1.1 200 ').length - 1 === work.depth) resolve()
      else reject(new Error('more or other answers than pipelined requests'))
    })
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(work.depth))
  })
}

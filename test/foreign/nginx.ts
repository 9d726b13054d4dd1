// nginx as a reverse proxy, in the foreground and in a folder that lives as long as it does.

import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { read } from '../house/sources.ts'

/** Why its tests are skipped. In CI they never are: there a missing nginx fails them. */
export function withoutNginx(): string | false {
  if (process.env.CI !== undefined) return false
  try {
    execFileSync(PROGRAM, ['-v'], { stdio: 'ignore', env: ENVIRONMENT })
    return false
  } catch {
    return 'there is no nginx on this machine (Debian: apt-get install nginx-light)'
  }
}

const PROGRAM = 'nginx'
/** Debian has it where only root looks. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
/** Attempts to get a port that was free a moment before. */
const MOST_ATTEMPTS = 5

/** An nginx that hands on what it gets, to one address of ours. */
export class Nginx implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #child: ChildProcessByStdio<null, null, Readable>
  readonly #log: { text: string }

  private constructor(
    port: number,
    folder: string,
    child: ChildProcessByStdio<null, null, Readable>,
    log: { text: string },
  ) {
    this.url = `http://127.0.0.1:${port}`
    this.#folder = folder
    this.#child = child
    this.#log = log
  }

  /** @param address of ours, `tcp://…` or `ipc:///…` */
  static async before(address: string): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'pipestack-nginx-'))
    mkdirSync(join(folder, 'temp'))
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      const file = join(folder, 'nginx.conf')
      writeFileSync(file, configuration(port, address.replace(/^ipc:\/\//, 'unix:').replace(/^tcp:\/\//, '')))
      const child = spawn(PROGRAM, ['-p', folder, '-c', file], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: ENVIRONMENT,
      })
      const log = { text: '' }
      try {
        await began(child, log)
        return new Nginx(port, folder, child, log)
      } catch (error) {
        if (attempt < MOST_ATTEMPTS && log.text.includes('Address already in use')) continue
        rmSync(folder, { recursive: true, force: true })
        throw error
      }
    }
  }

  /** What it complained of: lines of the level error and above. */
  get complaints(): string[] {
    return this.#log.text.split('\n').filter((line) => /\[(?:error|crit|alert|emerg)\]/.test(line))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill()) await once(this.#child, 'close')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Waits until it listens: it speaks of its event loop when the sockets are there. */
function began(child: ChildProcessByStdio<null, null, Readable>, log: { text: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => reject(new Error(`nginx ended: ${log.text}`)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log.text += text
      if (/using the "\w+" event method/.test(log.text)) resolve()
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

/** The lines that our documentation tells to write. */
function documentedFields(): string {
  const block = /```text\n((?:proxy_set_header .*;\n)+)```/.exec(read('docs/pages/forwarded.md'))?.[1]
  if (block === undefined) throw new Error('docs/pages/forwarded.md has no lines for nginx')
  return block
}

function configuration(port: number, upstream: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path temp/${each};`)
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 512; }
http {
  access_log off;
  ${places.join('\n  ')}
  client_max_body_size 100m;
  upstream ours { server ${upstream}; keepalive 8; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  ${documentedFields()}
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://ours; }
    location /as-it-comes/ { proxy_pass http://ours/; proxy_buffering off; proxy_request_buffering off; }
    location /http-1.0/ { proxy_pass http://ours/; proxy_http_version 1.0; }
  }
}
`
}

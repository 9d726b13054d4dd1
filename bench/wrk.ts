// The load: wrk, one thread and 64 connections.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './peers.ts'
import { output } from './processes.ts'
import type { Work } from './works.ts'

/** How wrk is called, but for the duration and the work. */
export const LOAD: readonly string[] = ['-t1', '-c64']

/** What one run of wrk counted. */
export interface Count {
  readonly requests: number
  /** Requests per second. */
  readonly speed: number
  /** Answers that were not 2xx or 3xx. */
  readonly refused: number
  /** What wrk says about sockets that broke, if any did. */
  readonly broken: string | undefined
}

/** Whether wrk can be called. */
export function hasWrk(): boolean {
  return spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined
}

/** Runs wrk against a server on this machine. */
export async function load(port: number, work: Work, seconds: number): Promise<Count> {
  return readCount(await output(['wrk', ...LOAD, `-d${seconds}s`, ...asks(work, `http://127.0.0.1:${port}/`)]))
}

function asks(work: Work, url: string): string[] {
  if (work.depth > 1) return ['-s', join(ROOT, 'bench/wrk/pipelined.lua'), url, '--', String(work.depth)]
  if (work.body !== undefined) return ['-s', join(ROOT, 'bench/wrk/post.lua'), url, '--', work.body]
  return [...work.fields.flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url]
}

/** Reads what wrk prints. Throws where it is not what wrk 4 prints. */
export function readCount(text: string): Count {
  const requests = /^\s*(\d+) requests in /m.exec(text)?.[1]
  const speed = /^Requests\/sec:\s*([\d.]+)/m.exec(text)?.[1]
  if (requests === undefined || speed === undefined) throw new Error(`wrk printed no count: ${text}`)
  return {
    requests: Number(requests),
    speed: Number(speed),
    refused: Number(/^\s*Non-2xx or 3xx responses: (\d+)/m.exec(text)?.[1] ?? 0),
    broken: /^\s*Socket errors: (.*)/m.exec(text)?.[1],
  }
}

// Who is compared: how each is called, and the command that starts it.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json. */
export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '../..')
const BUILT = dirname(fileURLToPath(import.meta.url))
const MODULES = join(ROOT, 'bench/node_modules')

/** A server program. */
export interface Peer {
  /** As in `--peers`. */
  readonly name: string
  /** As in the table. */
  readonly title: string
  /** The command for the work of a letter; `node`: the binary that runs it. */
  command(node: string, letter: string): readonly string[]
}

/** Ours. */
export const OURS = 'pipestack'
/** Whom all are compared to. */
export const BASE = 'node'

/** All of them, in the order of the table. */
export const PEERS: readonly Peer[] = [
  { name: OURS, title: 'pipestack', command: (node, letter) => onNode(node, join(BUILT, 'ours.js'), letter) },
  peer(BASE, 'node:http'),
  peer('fastify', 'Fastify'),
  peer('hono', 'Hono'),
  peer('koa', 'Koa'),
  peer('h3', 'h3'),
  peer('express', 'Express'),
  {
    name: 'bun',
    title: 'Bun.serve',
    command: (_node, letter) => [bunBinary() ?? 'bun', '--preload', probe(), program('bun'), letter],
  },
]

function peer(name: string, title: string): Peer {
  return { name, title, command: (node, letter) => onNode(node, program(name), letter) }
}

function program(name: string): string {
  return join(ROOT, 'bench/peers', `${name}.mjs`)
}

function probe(): string {
  return join(BUILT, 'probe.js')
}

/** The command for a program on Node that answers the questions of processes.ts. */
export function onNode(node: string, file: string, argument: string): string[] {
  return [node, '--expose-gc', '--import', probe(), file, argument]
}

/** The Bun that came with the peers: an optional dependency, so there may be none. */
export function bunBinary(): string | undefined {
  const scope = join(MODULES, '@oven')
  if (!existsSync(scope)) return undefined
  return readdirSync(scope)
    .map((name) => join(scope, name, 'bin/bun'))
    .find((file) => existsSync(file))
}

/** Installs the peers as the package-lock.json of `folder`, by default bench/, has them, unless they are there. */
export function installPeers(say: (line: string) => void, folder: string = join(ROOT, 'bench')): void {
  const lock = join(folder, 'package-lock.json')
  const installed = join(folder, 'node_modules/.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  const shown = relative(ROOT, folder)
  say(`bench: installing the peers into ${shown}/node_modules (npm ci --prefix ${shown}), once …`)
  const arguments_ = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', arguments_, { stdio: ['ignore', 'ignore', 'inherit'] })
}

// Loads the stack that a module exports.

import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { quote, UsageError } from '../errors.ts'
import { checkPipe } from '../items.ts'
import type { Raw } from '../net/connection.ts'
import type { Pipe } from '../pipe.ts'
import { compiledStack } from '../stack.ts'
import { lineOf } from './output.ts'

/**
 * Loads the stack that `MODULE` or `MODULE#export` names.
 *
 * @param name a path relative to the working directory, or what import takes: the name of a package
 * @throws UsageError MODULE_BAD: no such module, one that cannot be loaded, no such export, an export that is no stack
 */
export async function loadStack(name: string): Promise<Pipe<Raw, unknown>> {
  const [, module = name, chosen = 'default'] = /^(.*)#([^#/\\]+)$/s.exec(name) ?? []
  const exports = await load(module)
  if (!(chosen in exports)) throw noExport(module, chosen, Object.keys(exports))
  return checkStack(
    exports[chosen],
    chosen === 'default' ? `${module} exports by default` : `${module} exports ${chosen} as`,
  )
}

// ---- the module ------------------------------------------------------------------------------------------------------

async function load(module: string): Promise<Readonly<Record<string, unknown>>> {
  const { url, isFile } = locate(module)
  try {
    return await import(url)
  } catch (cause) {
    throw new UsageError('MODULE_BAD', `cannot load ${module}: ${whyNot(cause, module, url, isFile)}`, { cause })
  }
}

/** A file is taken before a package, as a shell would; a package is looked up where we stand, then where pipestack is. */
function locate(module: string): { url: string; isFile: boolean } {
  const path = resolve(module)
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) return { url: pathToFileURL(path).href, isFile: true }
    throw new UsageError('MODULE_BAD', `cannot load ${module}: it is a folder. Name the module in it.`)
  }
  if (/^\.{0,2}[/\\]|^[A-Za-z]:\\/.test(module)) {
    throw new UsageError('MODULE_BAD', `cannot load ${module}: there is no file ${path}.`)
  }
  try {
    const found = createRequire(resolve('pipestack')).resolve(module)
    return isAbsolute(found) ? { url: pathToFileURL(found).href, isFile: true } : { url: found, isFile: false }
  } catch {
    // It may be for import alone, which nothing but import finds.
    return { url: module, isFile: false }
  }
}

function whyNot(error: unknown, module: string, url: string, isFile: boolean): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const text = lineOf(error)
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    const [, extension] = /"(\.[cm]?tsx?)"/.exec(text) ?? []
    if (extension !== undefined) return noTypeScript(extension)
  }
  if (code === 'ERR_MODULE_NOT_FOUND' && !isFile && text.includes(`'${url.split('/')[0]}`)) {
    return `there is neither a file ${resolve(module)} nor a package of that name.`
  }
  // Where it stands, Node.js tells only those whom the error kills.
  const isParsed = !(error instanceof SyntaxError) || text.includes('does not provide an export')
  return isParsed || !isFile ? `${text} (--debug shows where)` : `${text} (node --check ${module} shows where)`
}

function noTypeScript(extension: string): string {
  // Node.js strips types by itself from 22.18 on, but knows no JSX.
  const newer = extension.endsWith('x') ? '' : 'use Node.js 22.18 or later, or '
  const loader = 'node --import tsx node_modules/pipestack/dist/src/cli/main.js serve …'
  return `Node.js ${process.versions.node} does not run ${extension} files. Compile it first, or ${newer}a loader: ${loader}`
}

// ---- the export ------------------------------------------------------------------------------------------------------

function noExport(module: string, chosen: string, names: readonly string[]): UsageError {
  const what = chosen === 'default' ? 'default export' : `export ${quote(chosen)}`
  const others = names.filter((name) => name !== 'default')
  const remedy =
    names.length === 0
      ? 'Write: export default stack(…)'
      : chosen === 'default'
        ? `Name one: ${others.map((name) => `${module}#${name}`).join(', ')}.`
        : `There are: ${names.join(', ')}.`
  return new UsageError('MODULE_BAD', `${module} has no ${what}. ${remedy}`)
}

function checkStack(value: unknown, where: string): Pipe<Raw, unknown> {
  if (typeof value === 'function') {
    const message = `${where} a function, not a stack. Export what it gives, or wrap it: stack(…).`
    throw new UsageError('MODULE_BAD', message)
  }
  try {
    checkPipe(value, where, 'instead of a stack.')
  } catch (cause) {
    throw new UsageError('MODULE_BAD', lineOf(cause), { cause })
  }
  const stack = value as Pipe<Raw, unknown>
  try {
    compiledStack(stack)
  } catch (cause) {
    // A part, most likely: it needs what would stand above it.
    throw new UsageError('MODULE_BAD', `${where} what cannot be served: ${lineOf(cause)}`, { cause })
  }
  return stack
}

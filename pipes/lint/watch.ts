// What lint() knows of one flow: its environ and response, who changed them last, and which rules were broken.

import { UsageError } from '../../src/errors.ts'
import { tripOf } from '../../src/flow-bag.ts'
import { isObject } from '../../src/psgi/pairs.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { report } from '../../src/report.ts'
import type { Trip } from '../../src/trip.ts'
import { ENVIRON_RULES, type Fields } from './environ-rules.ts'
import { ATTRIBUTES, type Attribute, namesOf, RESPONSE_RULES } from './response-rules.ts'
import type { Rule } from './rule.ts'

/** What becomes of a broken rule. */
export type Answering = 'throw' | 'warn'

/** The error of a rule that was broken by `who`: the name of a pipe. */
export function violation(rule: Rule, who: string, found: string): UsageError {
  const message = `lint ${rule.id}: pipe ${JSON.stringify(who)}: ${found}. ${plain(rule.what)} (${rule.source}).`
  return new UsageError('LINT', message, { pipe: who })
}

function plain(text: string): string {
  return text.replaceAll('`', '')
}

/** Throws the violation, or reports it to the listener. */
export function tell(on: Answering, bag: object, error: UsageError): void {
  if (on === 'throw') throw error
  report(bag, error)
}

/** One flow with a response. */
export class Watch {
  readonly on: Answering
  readonly environ: Fields | undefined
  readonly response: PsgiResponse | undefined
  readonly #bag: object
  /** Rules that were broken in this flow, each told once. */
  readonly #told = new Set<string>()
  readonly #changers = new Map<Attribute, string>()
  #before: readonly unknown[] = []

  constructor(on: Answering, bag: object, environ: unknown, response: unknown) {
    this.on = on
    this.#bag = bag
    this.environ = isObject(environ) ? (environ as Fields) : undefined
    this.response = isObject(response) ? (response as PsgiResponse) : undefined
    this.#before = this.#snapshot()
  }

  /** Tells of a broken rule, once for each flow. */
  tell(rule: Rule, who: string, found: string): void {
    if (this.#told.has(rule.id)) return
    this.#told.add(rule.id)
    tell(this.on, this.#bag, violation(rule, who, found))
  }

  /** The same where nobody is left to throw it to. */
  report(rule: Rule, who: string, found: string): void {
    if (this.#told.has(rule.id)) return
    this.#told.add(rule.id)
    report(this.#bag, violation(rule, who, found))
  }

  /** Checks `environ`, which was made or changed by `who`. */
  checkEnviron(who: string, environ: unknown = this.environ): void {
    if (!isObject(environ)) return
    for (const rule of ENVIRON_RULES) {
      const found = rule.broken(environ as Fields)
      if (found !== undefined) this.tell(rule, who, found)
    }
  }

  /** Checks what pipe `who` has done, which has just been entered or left. */
  checkStage(who: string): void {
    this.checkEnviron(who)
    this.checkResponse(who)
  }

  /** Checks the response as it is now; `who` may have changed it. */
  checkResponse(who: string): void {
    const { response } = this
    if (response === undefined) return
    const now = this.#snapshot()
    for (const [index, name] of ATTRIBUTES.entries()) {
      if (!Object.is(now[index], this.#before[index])) this.#changers.set(name, who)
    }
    this.#before = now
    for (const rule of RESPONSE_RULES) {
      const found = rule.broken(response)
      if (found !== undefined) this.tell(rule, this.changer(rule.about, who), found)
    }
  }

  /** The pipe that changed an attribute last, as far as that is known. */
  changer(attribute: Attribute, otherwise: string): string {
    return this.#changers.get(attribute) ?? otherwise
  }

  #snapshot(): readonly unknown[] {
    const { response } = this
    if (response === undefined) return []
    return ATTRIBUTES.map((name) => (name === 'header_list' ? namesOf(response).join() : response[name]))
  }
}

const watches = new WeakMap<Trip, Watch>()

/** Makes `watch` that of the flow in which `bag` is. */
export function watchFlow(bag: object, watch: Watch): void {
  watches.set(tripOf(bag).root, watch)
}

/** The watch of the flow in which `bag` is, or of the innermost one around it that has one. */
export function watchOf(bag: object): Watch | undefined {
  for (let root: Trip | undefined = tripOf(bag).root; root !== undefined; root = root.outer?.root) {
    const watch = watches.get(root)
    if (watch !== undefined) return watch
  }
  return undefined
}

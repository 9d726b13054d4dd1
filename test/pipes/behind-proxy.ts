// Requests as a proxy passes them on, for the tests of forwarded().

import { type ForwardedOptions, type Forwarding, forwarded } from '../../pipes/forwarded.ts'
import { type Environ, environTemplate } from '../../src/psgi/environ.ts'
import { Input } from '../../src/psgi/input.ts'
import { run } from '../../src/run.ts'

/** Our proxies, in these tests. */
export const TRUST: readonly string[] = ['127.0.0.1/8', '::1', '10.0.0.0/8', 'fd00::/8']

/** Header fields, by name. */
export type Fields = Readonly<Record<string, string>>

/** What forwarded() makes of a request. */
export interface Seen {
  readonly forwarded: Forwarding
  readonly environ: Environ
}

/** Runs forwarded() alone, for a request to `inner:8080` from `peer`. */
export async function see(
  fields: Fields,
  options: Partial<ForwardedOptions> = {},
  peer = 'tcp://127.0.0.1:5000',
): Promise<Seen> {
  const pairs = Object.entries({ Host: 'inner:8080', ...fields })
  const server = { scheme: 'http', local: 'tcp://127.0.0.1:8080', remote: peer }
  const environ = environTemplate(pairs, fields.Host ?? 'inner:8080', server, new Input(undefined))
  const bag = await run(forwarded({ trust: TRUST, ...options }), { environ })
  return { forwarded: bag.forwarded, environ }
}

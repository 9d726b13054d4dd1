// Packages that pipestack does not bring along: formats and drivers, loaded when they are used.

import { UsageError } from './errors.ts'

/**
 * Loads an optional peer dependency.
 *
 * @param specifier what to import: the package, or a path in it
 * @param user who needs it, for the message: `msgpack()`
 * @throws UsageError MODULE_BAD with the command that installs it
 */
export async function loadPackage<Module>(specifier: string, user: string): Promise<Module> {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
  try {
    // Not a literal: the compiler would ask for the package wherever pipestack is used.
    const loaded: Module = await import(specifier)
    return loaded
  } catch (cause) {
    throw new UsageError('MODULE_BAD', `${user} needs the package ${name}. Install it: npm install ${name}`, { cause })
  }
}

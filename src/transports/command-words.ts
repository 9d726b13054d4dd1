// The words of a command, as a shell would split them. Nothing is substituted: no variables, no patterns, no redirection.

import { quote, UsageError } from '../errors.ts'

/**
 * Splits a command into words at blanks (POSIX Shell Command Language, 2.2 Quoting). In single quotes everything stands for itself; in
 * double quotes a backslash only escapes `"`, `\`, `$` and a backquote; elsewhere it escapes any character.
 *
 * @throws ADDRESS_BAD for a quote that is not closed, and for a backslash at the end
 * @example commandWords('node worker.js --flag "a b"') // ['node', 'worker.js', '--flag', 'a b']
 */
export function commandWords(command: string): string[] {
  const words: string[] = []
  // A word may be empty: '' is one.
  let word: string | undefined
  // In the order in which they are tried: single quotes, double quotes, an escaped character, blanks, anything else.
  const piece = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([ \t\n]+)|([^'"\\ \t\n]+)/y
  while (piece.lastIndex < command.length) {
    const at = piece.lastIndex
    const match = piece.exec(command)
    if (match === null) {
      const wrong = command[at] === '\\' ? 'a backslash at its end' : `a quote that is not closed: ${command[at]}`
      throw new UsageError('ADDRESS_BAD', `the command ${quote(command)} has ${wrong}.`)
    }
    const [, single, double, escaped, blanks, plain] = match
    if (blanks !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '')
  }
  if (word !== undefined) words.push(word)
  return words
}

// HTML and XML text: the one place that knows `he`, whose 2.0 has another shape and does not support Node 20.

import he from 'he'

/** `&`, `<`, `>`, `"`, `'` and backtick as references; everything else stays, so it fits any charset. */
export function escapeMarkup(text: string): string {
  return he.escape(text)
}

// What tells one version of a file from another: its entity tag and its date (RFC 9110 §8.8).

/** What is known of a version of a file. */
export interface Version {
  /** Bytes. */
  readonly size: number
  /** When it was last modified: nanoseconds since 1970. */
  readonly mtimeNs: bigint
}

/** A file system may keep time by as much as two seconds (FAT); what is older than that was not written twice in one tick. */
const SETTLED_MS = 2_000

/**
 * The entity tag of a version: of its size and its date, so that it is the same on every server that has the file.
 *
 * It is weak while the file is so young that it could change once more without changing its date (RFC 9110 §8.8.1): then ranges of
 * two versions are never put together.
 *
 * @param now milliseconds since 1970
 */
export function entityTag({ size, mtimeNs }: Version, now: number): string {
  const tag = `"${size.toString(16)}-${mtimeNs.toString(16)}"`
  return now - milliseconds(mtimeNs) < SETTLED_MS ? `W/${tag}` : tag
}

/** `Last-Modified`, never later than `now`, as RFC 9110 §8.8.2.1 wants it. */
export function lastModified({ mtimeNs }: Version, now: number): string {
  return new Date(Math.min(milliseconds(mtimeNs), now)).toUTCString()
}

/** The date in whole seconds, as HTTP can say it. */
export function modifiedSec({ mtimeNs }: Version): number {
  return Math.floor(milliseconds(mtimeNs) / 1_000)
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6
}

// RFC 9110 §8.8.3: entity-tag = [ weak ] opaque-tag, weak = %s"W/", opaque-tag = DQUOTE *etagc DQUOTE. Not behind anything but a
// comma and white space: w/"x" is no strong tag.
const ENTITY_TAG = /(?<![^,\t ])(?:W\/)?"[!#-~\x80-\xff]*"/g

/** Whether a field that lists entity tags holds `tag`. `*` holds any. Weak: `W/` makes no difference (§8.8.3.2). */
export function holdsTag(list: string, tag: string, how: 'weak' | 'strong'): boolean {
  if (list.trim() === '*') return true
  const tags: readonly string[] = list.match(ENTITY_TAG) ?? []
  if (how === 'strong') return !tag.startsWith('W/') && tags.includes(tag)
  return tags.some((each) => opaque(each) === opaque(tag))
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}

// RFC 9110 §5.6.7: IMF-fixdate, and the two obsolete forms that must still be read. Whatever else Date.parse() knows is no date here.
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const RFC850_DATE = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/
const ASCTIME_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

/** An HTTP-date in seconds since 1970; undefined for what is none. */
export function httpDate(text: string): number | undefined {
  const isAsctime = ASCTIME_DATE.test(text)
  if (!isAsctime && !IMF_FIXDATE.test(text) && !RFC850_DATE.test(text)) return undefined
  // It would be taken for a local time.
  const sec = Date.parse(isAsctime ? `${text} GMT` : text) / 1_000
  return Number.isNaN(sec) ? undefined : sec
}

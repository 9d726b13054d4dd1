// Classes of bytes (RFC 9110 §5.5, §5.6.2; RFC 3986), as tables with a 1 for each byte that belongs.

export const CR = 0x0d
export const LF = 0x0a
export const SP = 0x20
export const HTAB = 0x09
export const COLON = 0x3a

function table(belongs: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (belongs(byte) ? 1 : 0))
}

const TCHAR_TEXT = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** tchar (RFC 9110 §5.6.2): what tokens, methods and field names are made of. */
export const TCHAR: Uint8Array = table((byte) => TCHAR_TEXT.includes(String.fromCharCode(byte)))

/** VCHAR, SP, HTAB and obs-text (RFC 9110 §5.5): what field values are made of. No other control character. */
export const FIELD_VALUE: Uint8Array = table((byte) => byte === HTAB || (byte >= SP && byte !== 0x7f))

/** What a request target is made of: VCHAR without `#`. A fragment is not part of a target (RFC 9112 §3.2). */
export const TARGET: Uint8Array = table((byte) => byte > SP && byte < 0x7f && byte !== 0x23)

/** A byte for a message: `0x00`. */
export function showByte(byte: number | undefined): string {
  return byte === undefined ? 'the end' : `byte 0x${byte.toString(16).padStart(2, '0')}`
}

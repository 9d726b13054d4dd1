// Passwords are stored as scrypt makes them: slow to try, with a salt each.

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const SALT_BYTES = 16
const KEY_BYTES = 32
/** OWASP's advice for 16 MiB of memory. */
const COST: ScryptOptions = { N: 2 ** 14, r: 8, p: 5 }

/** What is stored in place of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return `${salt.toString('base64url')}.${(await derive(password, salt)).toString('base64url')}`
}

/**
 * Whether it is the password that `stored` was made of.
 *
 * @param stored undefined where there is no such user: then it takes as long, so that nobody learns who there is
 */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [salt = '', key = ''] = (stored ?? NOBODY).split('.')
  const same = timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url')), Buffer.from(key, 'base64url'))
  return same && stored !== undefined
}

const NOBODY = [SALT_BYTES, KEY_BYTES].map((length) => randomBytes(length).toString('base64url')).join('.')

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letters may be typed as other code points on another keyboard.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

// What a client of HTTP/2 with prior knowledge begins with.

/** The client connection preface (RFC 9113 §3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

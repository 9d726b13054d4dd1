// The charsets that text can be sent in: which label means which of iconv-lite's tables, and which characters of that
// table are left out, since readers disagree on their bytes.
//
// Labels: https://encoding.spec.whatwg.org/#names-and-labels. That standard takes some labels for a larger neighbour
// (iso-8859-1 for windows-1252, gb2312 and chinese for gbk, …), other readers take them literally. What is sent must be
// right under both readings, so a row holds the smaller set. The left-out characters were found by encoding all of
// Unicode with iconv-lite 0.7.3 and decoding it by that standard's indexes and by ICU 78.

/** A charset other than UTF-8. */
export interface Charset {
  /** What iconv-lite calls its table. */
  readonly table: string
  /** Characters that the table has but that some reader would take for others; all beyond ASCII. */
  readonly refused?: RegExp
  /** Least value of each byte of a character beyond ASCII, where the table is larger than the charset. */
  readonly lowest?: number
  /** Bytes below 0x80 are not ASCII, and no character is lacking: UTF-16. */
  readonly wide?: true
  /** Begins with a byte order mark. */
  readonly mark?: true
}

// Other readers take these bytes for C1 controls, browsers for the letters and quotes of the Windows code page.
const C1 = { refused: /[\x80-\x9f]/ }
// Moved from the private use area to real code points in GB 18030-2022 and in browsers, not so elsewhere.
const GB_MOVED = { refused: /[\ue5e5\ue78d-\ue796\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864]/ }
// KS X 1001 of 1992: browsers read Windows' further syllables under this label, others do not.
const KS = { lowest: 0xa1, refused: /[\xae\u20ac]/ }

const ROWS: readonly (readonly [labels: string, table: string, rest?: Omit<Charset, 'table'>])[] = [
  ['us-ascii ascii ansi_x3.4-1968', 'ascii'],
  ['ibm866 cp866 866 csibm866', 'cp866'],
  [
    'iso-8859-1 latin1 l1 cp819 ibm819 csisolatin1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987',
    'iso88591',
    C1,
  ],
  ['iso-8859-2 latin2 l2 csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987', 'iso88592'],
  ['iso-8859-3 latin3 l3 csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988', 'iso88593'],
  ['iso-8859-4 latin4 l4 csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988', 'iso88594'],
  ['iso-8859-5 cyrillic csisolatincyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988', 'iso88595'],
  ['iso-8859-6 arabic asmo-708 ecma-114 csisolatinarabic iso-ir-127 iso8859-6 iso88596 iso_8859-6', 'iso88596'],
  ['iso_8859-6:1987 iso-8859-6-e iso-8859-6-i csiso88596e csiso88596i', 'iso88596'],
  ['iso-8859-7 greek greek8 ecma-118 elot_928 sun_eu_greek csisolatingreek iso-ir-126 iso8859-7', 'iso88597'],
  ['iso88597 iso_8859-7 iso_8859-7:1987', 'iso88597'],
  ['iso-8859-8 hebrew visual csisolatinhebrew iso-8859-8-e csiso88598e iso-ir-138 iso8859-8 iso88598', 'iso88598'],
  ['iso_8859-8 iso_8859-8:1988', 'iso88598'],
  ['iso-8859-8-i logical csiso88598i', 'iso88598'],
  ['iso-8859-9 latin5 l5 csisolatin5 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989', 'iso88599', C1],
  ['iso-8859-10 latin6 l6 csisolatin6 iso-ir-157 iso8859-10 iso885910', 'iso885910'],
  ['iso-8859-11 iso8859-11 iso885911', 'iso885911', C1],
  ['iso-8859-13 iso8859-13 iso885913', 'iso885913'],
  ['iso-8859-14 iso8859-14 iso885914', 'iso885914'],
  ['iso-8859-15 l9 csisolatin9 iso8859-15 iso885915 iso_8859-15', 'iso885915'],
  ['iso-8859-16', 'iso885916'],
  ['koi8-r koi koi8 koi8_r cskoi8r', 'koi8r'],
  ['koi8-u koi8-ru', 'koi8u', { refused: /[\u255d\u256c]/ }],
  ['macintosh mac x-mac-roman csmacintosh', 'macroman', { refused: /[\xa4\u2126]/ }],
  ['x-mac-cyrillic x-mac-ukrainian', 'macukraine', { refused: /\xa4/ }],
  ['windows-874 dos-874', 'windows874'],
  ['tis-620', 'tis620'],
  ['windows-1250 cp1250 x-cp1250', 'windows1250'],
  ['windows-1251 cp1251 x-cp1251', 'windows1251'],
  ['windows-1252 cp1252 x-cp1252', 'windows1252'],
  ['windows-1253 cp1253 x-cp1253', 'windows1253'],
  ['windows-1254 cp1254 x-cp1254', 'windows1254'],
  ['windows-1255 cp1255 x-cp1255', 'windows1255', { refused: /\u05ba/ }],
  ['windows-1256 cp1256 x-cp1256', 'windows1256'],
  ['windows-1257 cp1257 x-cp1257', 'windows1257'],
  ['windows-1258 cp1258 x-cp1258', 'windows1258'],
  ['gb2312 gb_2312 gb_2312-80 csgb2312 csiso58gb231280 iso-ir-58 chinese', 'cp936'],
  ['gbk x-gbk', 'cp936'],
  ['gb18030', 'gb18030', GB_MOVED],
  ['big5 cn-big5 csbig5 x-x-big5', 'cp950', { refused: /\u2593/ }],
  ['big5-hkscs', 'big5hkscs'],
  ['euc-jp x-euc-jp cseucpkdfmtjapanese', 'eucjp'],
  ['shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis', 'shiftjis', { refused: /\x80/ }],
  ['euc-kr cseuckr', 'cp949', KS],
  ['windows-949 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 csksc56011987 iso-ir-149', 'cp949'],
  ['utf-16le unicodefeff', 'utf16le', { wide: true }],
  ['utf-16be unicodefffe', 'utf16be', { wide: true }],
  ['utf-16 unicode csunicode ucs-2 iso-10646-ucs-2', 'utf16le', { wide: true, mark: true }],
]

let byLabel: Map<string, Charset> | undefined

/** The charset of a lower-case label; undefined where there is none, or none that text is sent in. */
export function charsetOf(label: string): Charset | undefined {
  byLabel ??= new Map(
    ROWS.flatMap(([labels, table, rest]) => {
      const charset = { table, ...rest }
      return labels.split(' ').map((name) => [name, charset] as const)
    }),
  )
  return byLabel.get(label)
}

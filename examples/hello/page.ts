// What the page says, in three scripts, and the markup around it. All of it is Unicode: no charset is named in this file.

/** A passage in one script: a greeting, a sentence, and an old line that tries the charset harder. */
export interface Passage {
  readonly lang: string
  readonly dir: 'ltr' | 'rtl'
  readonly greeting: string
  readonly sentence: string
  /** With the marks of the old spelling, of which few charsets have all. */
  readonly line: string
  readonly source: string
}

/** The passages, in the order of the page. */
export const PASSAGES: readonly Passage[] = [
  {
    lang: 'el',
    dir: 'ltr',
    greeting: 'Γειά σου, Κόσμε',
    sentence:
      'Η σελίδα αυτή ταξιδεύει στα byte ενός μόνο συνόλου χαρακτήρων, και διαβάζεται ίδια με όποιο κι αν σταλεί.',
    line: '«Ἄνδρα μοι ἔννεπε, Μοῦσα, πολύτροπον»',
    source: 'Ὀδύσσεια αʹ, 1',
  },
  {
    lang: 'zh-Hans',
    dir: 'ltr',
    greeting: '你好，世界',
    sentence: '这一页以单一字符集的字节传送；无论用哪一种，读来都一样。',
    line: '「道可道，非常道。」',
    source: '道德經 · 一',
  },
  {
    lang: 'he',
    dir: 'rtl',
    greeting: 'שלום, עולם',
    sentence: 'הדף הזה נשלח בבתים של ערכת תווים אחת, ונקרא אותו הדבר בכל אחת מהן.',
    line: '„כׇּל־הַנְּחָלִים הֹלְכִים אֶל־הַיָּם”',
    source: 'קהלת א, ז',
  },
]

/** The charsets that the page links to, by what they were made for. */
export const OFFERED: Readonly<Record<string, readonly string[]>> = {
  'All scripts': ['utf-8', 'utf-16le', 'gb18030'],
  Greek: ['iso-8859-7', 'windows-1253'],
  Chinese: ['gbk', 'big5'],
  Hebrew: ['windows-1255', 'iso-8859-8-i'],
  Japanese: ['shift_jis', 'euc-jp'],
  Others: ['euc-kr', 'koi8-r', 'windows-1250'],
}

/** The page, as it is sent in `charset`. */
export function page(charset: string): string {
  return layout(
    'Three scripts, one page',
    `<header>
<h1>Three scripts, one page</h1>
<p>Sent in <strong>${charset}</strong>. A character that this charset lacks came as a character reference.</p>
</header>
<main>
${PASSAGES.map(section).join('\n')}
</main>
${links(charset)}`,
  )
}

function section({ lang, dir, greeting, sentence, line, source }: Passage): string {
  return `<section lang="${lang}" dir="${dir}">
<h2>${greeting}</h2>
<p>${sentence}</p>
<blockquote><p>${line}</p><footer><cite>${source}</cite></footer></blockquote>
</section>`
}

/** The answer to a charset that the page cannot be sent in. */
export function refusal(asked: string): string {
  // Shown only if it looks like a name: what came in a query is no markup of ours.
  const named = /^[\w.:-]{1,40}$/.test(asked) ? `<strong>${asked}</strong>` : 'a charset of that name'
  return layout(
    'No such charset',
    `<header>
<h1>No such charset</h1>
<p>The page cannot be sent in ${named}: nobody knows it, or readers disagree on its bytes. Take one of these.</p>
</header>
${links(undefined)}`,
  )
}

function links(current: string | undefined): string {
  const groups = Object.entries(OFFERED).map(
    ([title, charsets]) => `<dt>${title}</dt>
${charsets.map((charset) => `<dd>${link(charset, charset === current)}</dd>`).join('\n')}`,
  )
  return `<nav aria-labelledby="charsets">
<h2 id="charsets">Send it in</h2>
<dl>
${groups.map((group) => `<div>${group}</div>`).join('\n')}
</dl>
</nav>`
}

function link(charset: string, current: boolean): string {
  return `<a href="?charset=${charset}"${current ? ' aria-current="page"' : ''}>${charset}</a>`
}

function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`
}

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #16181c);
  --card: light-dark(#fff, #1e2126);
  --ink: light-dark(#1d1f23, #e9e6df);
  --soft: light-dark(#5c6067, #a3a7ae);
  --line: light-dark(#e2ddd2, #32363d);
  --accent: light-dark(#9a3412, #fdba74);
}
* { box-sizing: border-box; margin: 0; }
body {
  max-width: 66rem; margin-inline: auto; padding: clamp(1.25rem, 4vw, 3.5rem);
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.65 system-ui, sans-serif; text-wrap: pretty;
}
h1 { font-size: clamp(1.75rem, 5vw, 2.75rem); line-height: 1.15; letter-spacing: -0.02em; text-wrap: balance; }
header p { margin-top: 0.75rem; max-width: 42rem; color: var(--soft); }
header strong { color: var(--accent); font-weight: 600; }
main { display: grid; gap: 1.25rem; margin-top: 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
section {
  display: flex; flex-direction: column; padding: 1.5rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem;
}
section h2 { font-size: 1.5rem; line-height: 1.3; }
section > p { margin-top: 0.75rem; }
blockquote { margin-top: auto; padding-top: 1.25rem; }
blockquote p { padding-inline-start: 0.9rem; border-inline-start: 3px solid var(--accent); font-size: 1.15rem; }
blockquote footer { margin-top: 0.4rem; padding-inline-start: calc(0.9rem + 3px); color: var(--soft); font-size: 0.9rem; }
cite { font-style: normal; }
nav { margin-top: 2.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
nav h2 { font-size: 1rem; }
dl { display: grid; gap: 1rem 1.5rem; margin-top: 1rem; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); }
dt { color: var(--soft); font-size: 0.875rem; }
dd { margin: 0; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
a:focus-visible { outline: 2px solid; outline-offset: 3px; border-radius: 2px; }
a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
`

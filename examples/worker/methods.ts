// What the worker can do. Nothing here knows how it is called.

/** What is to be counted. */
export interface Text {
  readonly text: string
  /** As a language tag (BCP 47), default `en`. */
  readonly language?: string
}

interface Methods {
  /** Words in a text, in any language. */
  words(wanted: Text): number
  /** The longest words of a text, one after the other. */
  longest(text: string, count: number): AsyncGenerator<string>
}

export const methods: Methods = {
  words: ({ text, language = 'en' }) => split(text, language).length,

  async *longest(text, count) {
    yield* split(text, 'en')
      .sort((a, b) => b.length - a.length)
      .slice(0, count)
  },
}

function split(text: string, language: string): string[] {
  const segments = [...new Intl.Segmenter(language, { granularity: 'word' }).segment(text)]
  return segments.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment)
}

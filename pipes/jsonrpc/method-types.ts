// What the compiler knows of a peer's methods: their names, what they take, what they give. All of it comes from the type of the
// table that the peer serves.

/** What is taken for granted of a peer whose methods are not known: every name, any parameters, an unknown result. */
export interface UnknownMethods {
  readonly [name: string]: (...params: readonly unknown[]) => unknown
}

// Parameters are `never`, so that every function fits; nothing is called by this type.
type Callable = (...params: never) => unknown
/** A pipe: its name is a text, where a table's is a method or a table. */
type Part = { readonly name: string }

/**
 * The names of all methods, by the keys of the table: `'user.get'` for one in a nested table. Written `Names<Table>[Keys<Table>]`,
 * so that the compiler's messages list them: a type with a name of its own stands there by that.
 */
export type Names<Table> = {
  [Key in Keys<Table>]: Table[Key] extends Callable | Part
    ? Key
    : Table[Key] extends object
      ? `${Key}.${Names<Table[Key]>[Keys<Table[Key]>]}`
      : never
}

/** The keys of a table. */
export type Keys<Table> = keyof Table & string

/** What stands in the table under a name. */
export type MethodOf<Table, Name extends string> = Name extends keyof Table
  ? Table[Name]
  : Name extends `${infer Key}.${infer Rest}`
    ? Key extends keyof Table
      ? MethodOf<Table[Key], Rest>
      : never
    : never

/** What a method takes; a part says nothing of that. */
export type ParamsOf<Table, Name extends string> =
  MethodOf<Table, Name> extends (...params: infer Params extends readonly unknown[]) => unknown ? Params : unknown[]

/** What a call gives. A method that streams gives what it returns at the end; its values are for stream(). */
export type ResultOf<Table, Name extends string> =
  MethodOf<Table, Name> extends (...params: never) => infer Given
    ? Awaited<Given> extends AsyncGenerator<unknown, infer Result, never>
      ? Result
      : Awaited<Given> extends AsyncIterable<unknown>
        ? unknown
        : Awaited<Given>
    : unknown

/** The one object that a method takes; never for one that takes something else. */
type NamedParams<Method> = Method extends (...params: infer Params extends readonly unknown[]) => unknown
  ? number extends Params['length']
    ? object
    : Params extends readonly [(infer Named)?]
      ? IsNamed<NonNullable<Named>> extends true
        ? NonNullable<Named>
        : never
      : never
  : object

type IsNamed<Named> = [Named] extends [readonly unknown[] | Callable] ? false : [Named] extends [object] ? true : false

/** The names of the methods that take one object, or say nothing of what they take. */
export type NamedName<Table> = Where<Table, Names<Table>[Keys<Table>], 'named'>

/** The names of the methods that stream, or say nothing of what they give. */
export type StreamName<Table> = Where<Table, Names<Table>[Keys<Table>], 'streams'>

type Where<Table, Name extends string, Trait extends 'named' | 'streams'> = string extends Name
  ? string
  : Name extends string
    ? Trait extends 'named'
      ? [NamedParams<MethodOf<Table, Name>>] extends [never]
        ? never
        : Name
      : Streams<MethodOf<Table, Name>> extends true
        ? Name
        : never
    : never

type Streams<Method> = Method extends (...params: never) => infer Given
  ? [unknown] extends [Given]
    ? true
    : Awaited<Given> extends AsyncIterable<unknown>
      ? true
      : false
  : true

/** The object that a method takes, by name. */
export type NamedParamsOf<Table, Name extends string> = NamedParams<MethodOf<Table, Name>>

/** What a method streams. */
export type ValueOf<Table, Name extends string> =
  MethodOf<Table, Name> extends (...params: never) => infer Given
    ? Awaited<Given> extends AsyncIterable<infer Value>
      ? Value
      : unknown
    : unknown

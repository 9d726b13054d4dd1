// The type of what a JSON Schema lets pass, as far as the compiler can tell it from the schema's text.

/** A JSON Schema of an object: what a tool takes is always one. */
export interface ObjectSchema {
  readonly type: 'object'
  readonly [keyword: string]: unknown
}

/**
 * What a schema lets pass: by `const`, `enum`, `type`, `properties`, `required` and `items`. Other keywords are checked when a call
 * comes, and say nothing here.
 */
export type FromSchema<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly type: infer Name }
      ? OfType<Name, Schema>
      : unknown

type OfType<Name, Schema> = Name extends 'string'
  ? string
  : Name extends 'number' | 'integer'
    ? number
    : Name extends 'boolean'
      ? boolean
      : Name extends 'null'
        ? null
        : Name extends 'array'
          ? readonly (Schema extends { readonly items: infer Item } ? FromSchema<Item> : unknown)[]
          : Name extends 'object'
            ? ObjectOf<Schema>
            : Name extends readonly (infer One)[]
              ? OfType<One, Schema>
              : unknown

type ObjectOf<Schema> = Schema extends { readonly properties: infer Properties }
  ? Flat<
      {
        readonly [Key in keyof Properties as Key extends Required<Schema> ? Key : never]: FromSchema<Properties[Key]>
      } & {
        readonly [Key in keyof Properties as Key extends Required<Schema> ? never : Key]?: FromSchema<Properties[Key]>
      }
    >
  : { readonly [key: string]: unknown }

type Required<Schema> = Schema extends { readonly required: readonly (infer Key)[] } ? Key : never

/** One object type in place of two: hovers read better. */
type Flat<T> = { [Key in keyof T]: T[Key] }

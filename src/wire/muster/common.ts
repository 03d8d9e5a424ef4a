import Type, { type Static, type TProperties, type TSchema } from 'typebox';

/** Fields nobody knows are refused, so that a misspelt one is not silently lost. */
export const exact = <Properties extends TProperties>(properties: Properties, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });

/** One of a closed list of words. */
export const word = <const Words extends readonly string[]>(words: Words, options: object = {}) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], ...options });

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** An instant as ISO 8601 text in UTC with milliseconds. */
export const Instant = Type.String({ format: 'date-time', examples: ['2026-11-21T08:00:00.000Z'] });

/** Text of one line. */
export const Name = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f]*$' });
export const Line = Type.String({ maxLength: 256, pattern: '^[^\\u0000-\\u001f]*$' });
export const Text = Type.String({ maxLength: 4096, pattern: '^[^\\u0000]*$' });
export const Id = Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f/]+$' });
// Names that do not match would otherwise be taken with any value.
export const Pairs = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: { minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f]*$' },
  additionalProperties: Text,
  maxProperties: 256,
});
export const Revision = Type.Integer({
  minimum: 1,
  description: 'Goes up with each change; give it in If-Match.',
});
export const Count = Type.Integer({ minimum: 0 });

/** Query parameters of every list. */
export const paging = {
  cursor: Type.Optional(Type.String({ maxLength: 64, description: 'The `next` of the page before.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
};

/** A page of a list; `next` is `null` on the last. */
export const page = <Schema extends TSchema>(item: Schema) =>
  exact({ items: Type.Array(item), next: nullable(Type.String()) });

/** The same list by place. */
export const offset = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 10_000_000,
    description: 'So many are left out: from the beginning, or behind the cursor.',
  }),
);

/** With marks any place of a long list is gone to at once: by the cursor of the last mark before it, and an offset. */
export const Marks = exact({
  total: Count,
  marks: Type.Array(
    exact({
      place: Type.Integer({ minimum: 0, description: 'So many items of the list are before the mark.' }),
      cursor: Type.String({ description: 'Behind it the list goes on with the item at the place.' }),
    }),
    { description: 'In order, about a thousand items from one to the next.' },
  ),
});
export type Marks = Static<typeof Marks>;
export const MARKS_AGE =
  'Of a very long list they may be some seconds old; what is found by them is as it is now.';

/** RFC 9457 problem details; every refusal and every defect has this form. */
export const Problem = exact({
  type: Type.String({ description: 'urn:muster:problem: and the code' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What was expected, what came, what to do.' }),
  code: Type.String(),
  requestId: Type.String(),
  errors: Type.Optional(
    Type.Array(exact({ at: Type.String(), expected: Type.String(), got: Type.String() })),
  ),
});
export type Problem = Static<typeof Problem>;

import { type Result, refused } from '../../../domain/result.ts';

/** Why bytes of a device could not be read: where in them, or which bound they broke. */
export type CodecError =
  | { readonly code: 'malformed'; readonly at: number; readonly why: string }
  | { readonly code: 'too-large'; readonly what: string; readonly limit: number }
  | { readonly code: 'unsupported-format'; readonly contentFormat: number };

/** What a decoder gives: it never throws, whatever the bytes are. */
export type Decoded<T> = Result<T, CodecError>;

/** Bounds of every decoder. A device has few resources; these leave room for the largest that was seen. */
export const codecLimits = {
  payload: 65_536,
  entries: 4096,
  records: 1024,
  links: 2048,
  cborDepth: 4,
} as const;

export const malformed = (why: string, at = 0): Decoded<never> => refused({ code: 'malformed', at, why });

export const tooLarge = (what: string, limit: number): Decoded<never> =>
  refused({ code: 'too-large', what, limit });

/** A sentence for logs and diagnostic payloads. */
export const describeCodecError = (error: CodecError): string => {
  if (error.code === 'malformed') return `${error.why} (byte ${error.at})`;
  if (error.code === 'too-large') return `more than ${error.limit} ${error.what}`;
  return `content format ${error.contentFormat} is not supported`;
};

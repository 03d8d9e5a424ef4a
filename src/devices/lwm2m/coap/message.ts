/** One option: its number and its bytes as they are on the wire. */
export type Option = { readonly number: number; readonly value: Uint8Array };

/**
 * A request or a response without what only one transport knows (type and message id, or length): what RFC 7252 and
 * RFC 8323 have in common. `code` is the byte on the wire; options of the same number stay in order.
 */
export type Message = {
  readonly code: number;
  /** At most 8 bytes. */
  readonly token: Uint8Array;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
};

/** The option numbers that are understood here, by their names in the registry of RFC 7252 12.2. */
export const option = {
  uriHost: 3,
  etag: 4,
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  proxyScheme: 39,
  size1: 60,
  requestTag: 292,
} as const;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The byte of a code such as `4.04`: class in three bits, detail in five. */
export const codeByte = (text: `${number}.${number}`): number => {
  const [family = '0', detail = '0'] = text.split('.');
  return (Number(family) << 5) | Number(detail);
};

/** The text of a code byte, such as `2.05`. */
export const codeText = (byte: number): `${number}.${number}` =>
  `${byte >> 5}.${`${byte & 31}`.padStart(2, '0')}` as `${number}.${number}`;

/** 0.01 to 0.31: RFC 7252 12.1. */
export const isRequest = (code: number): boolean => code >= 1 && code <= 31;

/** 2.xx, 4.xx and 5.xx. */
export const isResponse = (code: number): boolean => {
  const family = code >> 5;
  return family === 2 || family === 4 || family === 5;
};

/** A number without leading zeros, as RFC 7252 3.2 has it: 0 is no bytes. */
export const uint = (value: number): Uint8Array => {
  let length = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length += 1;
  const bytes = new Uint8Array(length);
  for (let [at, rest] = [length - 1, value]; at >= 0; at -= 1, rest = Math.floor(rest / 256))
    bytes[at] = rest;
  return bytes;
};

/** Reads a number of at most four bytes; `undefined` where there are more. */
export const uintOf = (value: Uint8Array): number | undefined =>
  value.length > 4 ? undefined : value.reduce((sum, byte) => sum * 256 + byte, 0);

/** The first option of that number. */
export const optionOf = (message: Pick<Message, 'options'>, number: number): Uint8Array | undefined =>
  message.options.find((one) => one.number === number)?.value;

/** The first option of that number as a number; `undefined` where it is absent or too long. */
export const uintOption = (message: Pick<Message, 'options'>, number: number): number | undefined => {
  const value = optionOf(message, number);
  return value === undefined ? undefined : uintOf(value);
};

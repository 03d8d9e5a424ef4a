import { base64, utf8, viewOf } from './bytes.ts';

/**
 * What a device says of one resource. TLV and text do not tell the type: they stay `tlv` and `plain` until somebody
 * asks for an integer, a text and so on.
 */
export type Value =
  | { readonly kind: 'tlv'; readonly bytes: Uint8Array }
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'boolean'; readonly boolean: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array }
  | ({ readonly kind: 'link' } & ObjectLink);

/** A reference to an instance of an object. */
export type ObjectLink = { readonly object: number; readonly instance: number };

const DECIMAL_INTEGER = /^[+-]?\d{1,19}$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const safe = (value: number): number | undefined => (Number.isSafeInteger(value) ? value : undefined);

const tlvInteger = (bytes: Uint8Array): number | undefined => {
  const view = viewOf(bytes);
  if (bytes.length === 1) return view.getInt8(0);
  if (bytes.length === 2) return view.getInt16(0);
  if (bytes.length === 4) return view.getInt32(0);
  return bytes.length === 8 ? safe(Number(view.getBigInt64(0))) : undefined;
};

const tlvFloat = (bytes: Uint8Array): number | undefined => {
  if (bytes.length === 4) return viewOf(bytes).getFloat32(0);
  return bytes.length === 8 ? viewOf(bytes).getFloat64(0) : undefined;
};

/** A whole number, or a time in seconds; `undefined` where it is none or beyond 2^53. */
export const asInteger = (value: Value): number | undefined => {
  if (value.kind === 'tlv') return tlvInteger(value.bytes);
  if (value.kind === 'number') return safe(value.number);
  if (value.kind !== 'plain') return undefined;
  const text = value.text.trim();
  return DECIMAL_INTEGER.test(text) ? safe(Number(text)) : undefined;
};

export const asFloat = (value: Value): number | undefined => {
  if (value.kind === 'tlv') return tlvFloat(value.bytes);
  if (value.kind === 'number') return value.number;
  if (value.kind !== 'plain' || value.text.length > 64) return undefined;
  const text = value.text.trim();
  return DECIMAL.test(text) ? Number(text) : undefined;
};

const truths: Readonly<Record<string, boolean | undefined>> = {
  '0': false,
  '1': true,
  false: false,
  true: true,
};
const truth = (text: string): boolean | undefined => (Object.hasOwn(truths, text) ? truths[text] : undefined);

export const asBoolean = (value: Value): boolean | undefined => {
  if (value.kind === 'boolean') return value.boolean;
  if (value.kind === 'plain') return truth(value.text.trim());
  if (value.kind !== 'tlv' || value.bytes.length !== 1) return undefined;
  return truth(`${value.bytes[0]}`);
};

/** Text as it came: whoever stores it looks for NULs and length. */
export const asText = (value: Value): string | undefined => {
  if (value.kind === 'plain' || value.kind === 'text') return value.text;
  return value.kind === 'tlv' ? utf8(value.bytes) : undefined;
};

/** Bytes; in text they are base64. */
export const asBytes = (value: Value): Uint8Array | undefined => {
  if (value.kind === 'tlv' || value.kind === 'opaque') return value.bytes;
  return value.kind === 'plain' ? base64(value.text.trim()) : undefined;
};

const LINK = /^(\d{1,5}):(\d{1,5})$/;

/** Reads `5:0`, the text of an object link; `undefined` for other texts. */
export const parseLink = (text: string): ObjectLink | undefined => {
  const found = LINK.exec(text);
  if (found === null) return undefined;
  const [object, instance] = [Number(found[1]), Number(found[2])];
  return object <= 65_535 && instance <= 65_535 ? { object, instance } : undefined;
};

export const asLink = (value: Value): ObjectLink | undefined => {
  if (value.kind === 'link') return { object: value.object, instance: value.instance };
  if (value.kind === 'plain' || value.kind === 'text') return parseLink(value.text);
  if (value.kind !== 'tlv' || value.bytes.length !== 4) return undefined;
  const view = viewOf(value.bytes);
  return { object: view.getUint16(0), instance: view.getUint16(2) };
};

/** What is written to a device; unlike in what is read, the type is always known. */
export type Written =
  | { readonly kind: 'integer'; readonly number: number }
  | { readonly kind: 'float'; readonly number: number }
  | Extract<Value, { readonly kind: 'boolean' | 'text' | 'opaque' | 'link' }>;

/** One resource or resource instance that is written, by its full path. */
export type WrittenEntry = { readonly path: string; readonly value: Written };

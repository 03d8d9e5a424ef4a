import { ok, refused } from '../../../domain/result.ts';
import { utf8 } from './bytes.ts';
import { decodeCbor } from './cbor.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';
import { contentFormats } from './content-format.ts';
import { decodeOmaJson } from './oma-json.ts';
import { formatPath, type NumericPath, parsePath } from './path.ts';
import type { Scope } from './senml.ts';
import { decodeSenmlCbor, encodeSenmlCbor } from './senml-cbor.ts';
import { decodeSenmlJson } from './senml-json.ts';
import { decodeTlvContent, encodeTlvContent } from './tlv-content.ts';
import {
  asBoolean,
  asBytes,
  asFloat,
  asInteger,
  asLink,
  asText,
  type ObjectLink,
  type Value,
  type Written,
  type WrittenEntry,
} from './value.ts';

/** What a device said, by canonical path such as `/5/0/3`, or `/5/0/8/1` for one of several. */
export type Content = ReadonlyMap<string, Value>;

/**
 * Reads what answers a request for `path`, whatever its format: text and TLV for a single resource, TLV wrapped or
 * not, SenML with base names. Without a format it is text for a resource and TLV for more (1.0.2 6.4). `root` is the
 * device's alternate root, such as `/lwm2m`.
 */
export const decodeContent = (
  contentFormat: number | undefined,
  payload: Uint8Array,
  path: string,
  root = '',
): Decoded<Content> => {
  const parsed = parsePath(path);
  if (parsed === undefined) return malformed(`${path} is no path`);
  const format = contentFormat ?? (parsed.length >= 3 ? contentFormats.text : contentFormats.tlv);
  const decode = decoders.get(format);
  if (decode === undefined) return refused({ code: 'unsupported-format', contentFormat: format });
  return decode(payload, parsed, { path: formatPath(parsed), root });
};

type Decode = (payload: Uint8Array, path: NumericPath, scope: Scope) => Decoded<Content>;

/** Formats that carry one value and no name. */
const single =
  (read: (payload: Uint8Array) => Decoded<Value>): Decode =>
  (payload, path, scope) => {
    if (path.length < 3) return malformed('one value for more than one resource');
    if (payload.length > codecLimits.payload) return tooLarge('bytes', codecLimits.payload);
    const value = read(payload);
    return value.ok ? ok(new Map([[scope.path, value.value]])) : value;
  };

const readText = (payload: Uint8Array): Decoded<Value> => {
  const text = utf8(payload);
  return text === undefined ? malformed('the text is not UTF-8') : ok({ kind: 'plain', text });
};

const readCbor = (payload: Uint8Array): Decoded<Value> => {
  const decoded = decodeCbor(payload);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  if (typeof value === 'number' || typeof value === 'bigint')
    return ok({ kind: 'number', number: Number(value) });
  if (typeof value === 'string') return ok({ kind: 'text', text: value });
  if (typeof value === 'boolean') return ok({ kind: 'boolean', boolean: value });
  if (value instanceof Uint8Array) return ok({ kind: 'opaque', bytes: value });
  return malformed('the CBOR is no single value');
};

const readTlv: Decode = (payload, path) => decodeTlvContent(payload, path);
const readOmaJson: Decode = (payload, _, scope) => decodeOmaJson(payload, scope);

const decoders = new Map<number, Decode>([
  [contentFormats.text, single(readText)],
  [contentFormats.opaque, single((bytes) => ok({ kind: 'opaque', bytes }))],
  [contentFormats.cbor, single(readCbor)],
  [contentFormats.senmlJson, (payload, _, scope) => decodeSenmlJson(payload, scope)],
  [contentFormats.senmlCbor, (payload, _, scope) => decodeSenmlCbor(payload, scope)],
  [contentFormats.tlv, readTlv],
  [contentFormats.oldTlv, readTlv],
  [contentFormats.omaJson, readOmaJson],
  [contentFormats.oldOmaJson, readOmaJson],
]);

const at =
  <T>(read: (value: Value) => T | undefined) =>
  (content: Content, path: string): T | undefined => {
    const value = content.get(path);
    return value === undefined ? undefined : read(value);
  };

/** The value at a path in the form that is asked for; `undefined` where there is none or it has another form. */
export const integerAt: (content: Content, path: string) => number | undefined = at(asInteger);
export const floatAt: (content: Content, path: string) => number | undefined = at(asFloat);
export const booleanAt: (content: Content, path: string) => boolean | undefined = at(asBoolean);
export const textAt: (content: Content, path: string) => string | undefined = at(asText);
export const bytesAt: (content: Content, path: string) => Uint8Array | undefined = at(asBytes);
export const linkAt: (content: Content, path: string) => ObjectLink | undefined = at(asLink);

/** The integers of a multiple resource such as `/5/0/8`, in the order they came; a device may answer just one. */
export const integersAt = (content: Content, path: string): readonly number[] =>
  [...content]
    .filter(([own]) => own === path || own.startsWith(`${path}/`))
    .map(([, value]) => asInteger(value))
    .filter((integer) => integer !== undefined);

const textOf = (value: Written): string => {
  if (value.kind === 'integer' || value.kind === 'float') return String(value.number);
  if (value.kind === 'boolean') return value.boolean ? '1' : '0';
  if (value.kind === 'text') return value.text;
  return value.kind === 'opaque'
    ? Buffer.from(value.bytes).toString('base64')
    : `${value.object}:${value.instance}`;
};

/** Formats that this server can write; all of them are understood by devices of some version. */
export type WritableFormat = 0 | 42 | 112 | 11542;

/** Bytes of a write to `path`. Text and opaque say one resource, which has to be the one at `path`. */
export const encodeContent = (
  contentFormat: WritableFormat,
  path: string,
  entries: readonly WrittenEntry[],
): Decoded<Uint8Array> => {
  if (contentFormat === contentFormats.tlv) return encodeTlvContent(parsePath(path) ?? [], entries);
  if (contentFormat === contentFormats.senmlCbor) return ok(encodeSenmlCbor(entries));
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0 || entry.path !== path)
    return malformed(`not one value for ${path}`);
  if (contentFormat === contentFormats.text) return ok(Buffer.from(textOf(entry.value)));
  return entry.value.kind === 'opaque' ? ok(entry.value.bytes) : malformed('only bytes are opaque');
};

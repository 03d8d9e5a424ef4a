import { utf8, viewOf } from './bytes.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';
import { createReader, finish, type Reader } from './reader.ts';

/** The part of CBOR (RFC 8949) that LwM2M uses: no tags but times, no simple values but the four usual ones. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CborValue[]
  | CborMap;

/** Keys are numbers or texts, each only once. */
export type CborMap = ReadonlyMap<number | string, CborValue>;

type State = { readonly reader: Reader; items: number };

/** Reads exactly one item of at most four levels and as many items as `codecLimits` says. */
export const decodeCbor = (payload: Uint8Array): Decoded<CborValue> => {
  if (payload.length > codecLimits.payload) return tooLarge('bytes', codecLimits.payload);
  const reader = createReader(payload);
  const value = readItem({ reader, items: 0 }, codecLimits.cborDepth);
  if (reader.error() === undefined && reader.left() > 0)
    return malformed('bytes after the item', reader.at());
  return finish(reader, value);
};

const UNKNOWN = -1;
const BREAK = 0xff;

/** The argument of an item: the number itself, `UNKNOWN` for an indefinite length. */
const readArgument = (reader: Reader, info: number): number | bigint => {
  if (info < 24) return info;
  if (info === 24) return reader.u8();
  if (info === 25) return reader.uint(2);
  if (info === 26) return reader.uint(4);
  if (info === 27) return narrow(wide(reader).getBigUint64(0));
  if (info === 31) return UNKNOWN;
  reader.fail(`additional information ${info} is reserved`);
  return 0;
};

const EIGHT_ZEROS = new Uint8Array(8);

/** The next eight bytes; zeros, with the error kept, where there are fewer. */
const wide = (reader: Reader): DataView => {
  const bytes = reader.take(8);
  return viewOf(bytes.length === 8 ? bytes : EIGHT_ZEROS);
};

const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

const mayBegin = (state: State, depth: number): boolean => {
  state.items += 1;
  if (state.items > codecLimits.entries) {
    state.reader.refuse({ code: 'too-large', what: 'CBOR items', limit: codecLimits.entries });
  } else if (depth <= 0) {
    state.reader.refuse({ code: 'too-large', what: 'levels of CBOR', limit: codecLimits.cborDepth });
  }
  return state.reader.error() === undefined;
};

const readItem = (state: State, depth: number): CborValue => {
  if (!mayBegin(state, depth)) return null;
  const { reader } = state;
  const first = reader.u8();
  const major = first >> 5;
  const info = first & 0x1f;
  if (major === 7) return readSimple(reader, info);
  const argument = readArgument(reader, info);
  if (major >= 2 && major <= 5) return readSized(state, major, count(reader, argument), depth);
  if (argument === UNKNOWN) reader.fail('an item without end');
  if (major === 0) return argument;
  if (major === 1) return narrow(-1n - BigInt(argument));
  return readTagged(state, argument, depth);
};

const count = (reader: Reader, argument: number | bigint): number => {
  if (typeof argument === 'number' && argument <= codecLimits.payload) return argument;
  reader.fail('a length beyond the bytes');
  return 0;
};

/** 1: seconds since 1970, which a number says as well. 55799: "this is CBOR". */
const transparentTags: readonly (number | bigint)[] = [1, 55_799];

const readTagged = (state: State, tag: number | bigint, depth: number): CborValue => {
  if (!transparentTags.includes(tag)) state.reader.fail(`tag ${tag} is not used in LwM2M`);
  return readItem(state, depth - 1);
};

const simple = new Map<number, CborValue>([
  [20, false],
  [21, true],
  [22, null],
  [23, undefined],
]);

const readSimple = (reader: Reader, info: number): CborValue => {
  if (simple.has(info)) return simple.get(info);
  if (info === 25) return half(reader.uint(2));
  if (info === 26 && reader.left() >= 4) return viewOf(reader.take(4)).getFloat32(0);
  if (info === 27) return wide(reader).getFloat64(0);
  reader.fail('a simple value that LwM2M does not use, or a number cut short');
  return null;
};

/** A number of half precision (RFC 8949, appendix D). */
const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
};

const readSized = (state: State, major: number, size: number, depth: number): CborValue => {
  if (major === 4) return readArray(state, size, depth);
  if (major === 5) return readMap(state, size, depth);
  const bytes = size === UNKNOWN ? readChunks(state, major) : state.reader.take(size);
  if (major === 2) return bytes;
  const text = utf8(bytes);
  if (text === undefined) state.reader.fail('a text that is not UTF-8');
  return text ?? '';
};

/** Pieces of one text or byte string, up to the break. */
const readChunks = (state: State, major: number): Uint8Array => {
  const { reader } = state;
  const chunks: Uint8Array[] = [];
  while (mayBegin(state, 1)) {
    const first = reader.u8();
    if (first === BREAK) break;
    if (first >> 5 !== major || (first & 0x1f) === 31) reader.fail('a piece of another type than the whole');
    chunks.push(reader.take(count(reader, readArgument(reader, first & 0x1f))));
  }
  return Buffer.concat(chunks);
};

/** Whether another element follows; takes the break that ends what has no length. */
const another = (reader: Reader, size: number, index: number): boolean => {
  if (reader.error() !== undefined) return false;
  return size === UNKNOWN ? !takeBreak(reader) : index < size;
};

const takeBreak = (reader: Reader): boolean => {
  if (reader.left() === 0) reader.fail('the bytes end too early');
  return reader.left() === 0 || reader.skip(BREAK);
};

const readArray = (state: State, size: number, depth: number): readonly CborValue[] => {
  const items: CborValue[] = [];
  while (another(state.reader, size, items.length)) items.push(readItem(state, depth - 1));
  return items;
};

const readMap = (state: State, size: number, depth: number): CborMap => {
  const { reader } = state;
  const map = new Map<number | string, CborValue>();
  while (another(reader, size, map.size)) {
    const key = readItem(state, depth - 1);
    if (typeof key !== 'number' && typeof key !== 'string')
      reader.fail('a key that is no number and no text');
    else if (map.has(key)) reader.fail('a key twice');
    else map.set(key, readItem(state, depth - 1));
  }
  return map;
};

import { BodyError } from './body.ts';

/** As many levels as no document here has, and no stack minds. */
const DEEPEST = 100;

const head = (major: number, value: number): Buffer => {
  const first = major << 5;
  if (value < 24) return Buffer.from([first | value]);
  if (value < 2 ** 8) return Buffer.from([first | 24, value]);
  const bytes = Buffer.alloc(value < 2 ** 16 ? 3 : value < 2 ** 32 ? 5 : 9);
  if (bytes.length === 3) bytes.writeUInt16BE(value, 1);
  else if (bytes.length === 5) bytes.writeUInt32BE(value, 1);
  else bytes.writeBigUInt64BE(BigInt(value), 1);
  bytes[0] = first | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  return bytes;
};

const numberBytes = (value: number): Buffer => {
  if (Number.isSafeInteger(value) && !Object.is(value, -0))
    return value < 0 ? head(1, -1 - value) : head(0, value);
  const bytes = Buffer.alloc(9, 0xfb);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};

const textBytes = (text: string): readonly Buffer[] => {
  const bytes = Buffer.from(text);
  return [head(3, bytes.length), bytes];
};

const parts = (value: unknown): readonly Buffer[] => {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value === 'number') return [numberBytes(value)];
  if (typeof value === 'boolean') return [Buffer.from([value ? 0xf5 : 0xf4])];
  if (Array.isArray(value)) return [head(4, value.length), ...value.flatMap(parts)];
  if (typeof value !== 'object' || value === null) return [Buffer.from([0xf6])];
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return [head(5, members.length), ...members.flatMap(([name, of]) => [...textBytes(name), ...parts(of)])];
};

/** What JSON could hold, as one CBOR item (RFC 8949). */
export const toCbor = (value: unknown): Buffer => Buffer.concat(parts(value));

type Reader = { readonly bytes: Buffer; at: number };

const take = (reader: Reader, length: number): Buffer => {
  const end = reader.at + length;
  if (end > reader.bytes.length) throw new BodyError('the CBOR ends too early');
  const taken = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return taken;
};

/** How long an item is, or `undefined` where a break will end it. */
const argument = (reader: Reader, info: number): number | undefined => {
  if (info < 24) return info;
  if (info === 24) return take(reader, 1).readUInt8();
  if (info === 25) return take(reader, 2).readUInt16BE();
  if (info === 26) return take(reader, 4).readUInt32BE();
  if (info === 27) return Number(take(reader, 8).readBigUInt64BE());
  if (info === 31) return undefined;
  throw new BodyError('an item of CBOR has a reserved length');
};

const BREAK = 0xff;

/** Reads so many things, or as many as come before a break. */
const collect = <Item>(reader: Reader, count: number | undefined, one: () => Item): readonly Item[] => {
  const items: Item[] = [];
  while (count === undefined ? reader.bytes[reader.at] !== BREAK : items.length < count) items.push(one());
  if (count === undefined) take(reader, 1);
  return items;
};

const utf8 = new TextDecoder();

const text = (reader: Reader, length: number | undefined, depth: number): string => {
  if (length !== undefined) return utf8.decode(take(reader, length));
  return collect(reader, undefined, () => `${item(reader, depth)}`).join('');
};

/** RFC 8949, appendix D. */
const half = (bits: number): number => {
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
};

const simple = (reader: Reader, info: number): unknown => {
  if (info === 20 || info === 21) return info === 21;
  if (info === 22 || info === 23) return null;
  if (info === 25) return half(take(reader, 2).readUInt16BE());
  if (info === 26) return take(reader, 4).readFloatBE();
  if (info === 27) return take(reader, 8).readDoubleBE();
  throw new BodyError('a value of CBOR is none of JSON');
};

const number = (length: number | undefined, of: (value: number) => number): number => {
  if (length === undefined) throw new BodyError('a number of CBOR has no length');
  return of(length);
};

const item = (reader: Reader, depth: number): unknown => {
  if (depth > DEEPEST) throw new BodyError(`expected at most ${DEEPEST} levels of CBOR`);
  const first = take(reader, 1).readUInt8();
  const [major, info] = [first >> 5, first & 0x1f];
  if (major === 7) return simple(reader, info);
  const length = argument(reader, info);
  const inner = (): unknown => item(reader, depth + 1);
  switch (major) {
    case 0:
      return number(length, (value) => value);
    case 1:
      return number(length, (value) => -1 - value);
    case 3:
      return text(reader, length, depth + 1);
    case 4:
      return collect(reader, length, inner);
    case 5:
      return Object.fromEntries(collect(reader, length, () => [`${inner()}`, inner()]));
    case 6:
      // What a tag says of an item is nothing that JSON could.
      return inner();
    default:
      throw new BodyError('bytes of CBOR are nothing of JSON');
  }
};

/** Reads one CBOR item that JSON could hold; names that are numbers become texts. Throws `BodyError`. */
export const parseCbor = (bytes: Uint8Array): unknown => {
  const reader: Reader = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const value = item(reader, 0);
  if (reader.at < reader.bytes.length) throw new BodyError('there are bytes after the CBOR');
  return value;
};

import { crc32, deflateRawSync } from 'node:zlib';

export type ZipPart = {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  readonly stored?: boolean;
  /** Set to lie about what the central directory says. */
  readonly central?: Partial<Central>;
  readonly localName?: string;
};

type Central = {
  flags: number;
  method: number;
  packed: number;
  unpacked: number;
  /** Unix mode, in the upper half of the external attributes. */
  mode: number;
  offset: number;
};

const header = (signature: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(signature, 0);
  return bytes;
};

const localHeader = (
  name: Buffer,
  method: number,
  flags: number,
  crc: number,
  packed: number,
  unpacked: number,
) => {
  const bytes = header(0x04034b50, 30);
  bytes.writeUInt16LE(20, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt16LE(method, 8);
  bytes.writeUInt32LE(crc, 14);
  bytes.writeUInt32LE(packed, 18);
  bytes.writeUInt32LE(unpacked, 22);
  bytes.writeUInt16LE(name.length, 26);
  return Buffer.concat([bytes, name]);
};

const centralHeader = (name: Buffer, crc: number, central: Central) => {
  const bytes = header(0x02014b50, 46);
  bytes.writeUInt16LE(20, 6);
  bytes.writeUInt16LE(central.flags, 8);
  bytes.writeUInt16LE(central.method, 10);
  bytes.writeUInt32LE(crc, 16);
  bytes.writeUInt32LE(central.packed, 20);
  bytes.writeUInt32LE(central.unpacked, 24);
  bytes.writeUInt16LE(name.length, 28);
  bytes.writeUInt32LE((central.mode << 16) >>> 0, 38);
  bytes.writeUInt32LE(central.offset, 42);
  return Buffer.concat([bytes, name]);
};

const endRecord = (count: number, directorySize: number, directoryAt: number) => {
  const bytes = header(0x06054b50, 22);
  bytes.writeUInt16LE(count & 0xffff, 8);
  bytes.writeUInt16LE(count & 0xffff, 10);
  bytes.writeUInt32LE(directorySize, 12);
  bytes.writeUInt32LE(directoryAt, 16);
  return bytes;
};

/** The ZIP64 end record with its locator, which precede the plain end record. */
const endRecord64 = (count: number, directorySize: number, directoryAt: number) => {
  const record = header(0x06064b50, 56);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(directorySize), 40);
  record.writeBigUInt64LE(BigInt(directoryAt), 48);
  const locator = header(0x07064b50, 20);
  locator.writeBigUInt64LE(BigInt(directoryAt + directorySize), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
};

const UTF8_NAME = 0x0800;

/** Writes a ZIP, truthful unless told otherwise; `declared` is the entry count of the end record. */
export const zip = (parts: readonly ZipPart[], declared = parts.length): Buffer => {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = '', stored = false, central = {}, localName } of parts) {
    const raw = Buffer.from(name);
    const bytes = Buffer.from(content);
    const packed = stored ? bytes : deflateRawSync(bytes);
    const method = stored ? 0 : 8;
    const crc = crc32(bytes);
    const local = localHeader(
      localName === undefined ? raw : Buffer.from(localName),
      method,
      UTF8_NAME,
      crc,
      packed.length,
      bytes.length,
    );
    const truth = {
      flags: UTF8_NAME,
      method,
      packed: packed.length,
      unpacked: bytes.length,
      mode: 0,
      offset,
    };
    bodies.push(local, packed);
    directory.push(centralHeader(raw, crc, { ...truth, ...central }));
    offset += local.length + packed.length;
  }
  const size = directory.reduce((sum, each) => sum + each.length, 0);
  const large = declared > 0xffff ? endRecord64(declared, size, offset) : Buffer.alloc(0);
  return Buffer.concat([...bodies, ...directory, large, endRecord(declared, size, offset)]);
};

/** As `zip`, with the directory entry of the first part repeated so many times; cheap for a million. */
export const zipRepeating = (first: ZipPart, times: number, last: ZipPart): Buffer => {
  const whole = zip([first, last]);
  const [one, directoryAt] = [46 + Buffer.byteLength(first.name), whole.readUInt32LE(whole.length - 6)];
  const directory = whole.subarray(directoryAt, -22);
  const repeated = Buffer.concat([
    Buffer.alloc(one * times, directory.subarray(0, one)),
    directory.subarray(one),
  ]);
  const end = endRecord(times + 1, repeated.length, directoryAt);
  const end64 = endRecord64(times + 1, repeated.length, directoryAt);
  return Buffer.concat([whole.subarray(0, directoryAt), repeated, end64, end]);
};

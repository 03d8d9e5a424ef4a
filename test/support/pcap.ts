import type { Place } from './dtls-house.ts';

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

/** A packet of UDP over IPv4, without a checksum. */
const packet = (from: Place, to: Place, payload: Uint8Array): Buffer => {
  const addressOf = ({ address }: Place): Buffer => Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0x45, 0]);
  const rest = Buffer.from([0, 0, 0, 0, 64, 17, 0, 0]);
  const ip = Buffer.concat([head, u16(28 + payload.length), rest, addressOf(from), addressOf(to)]);
  return Buffer.concat([ip, u16(from.port), u16(to.port), u16(8 + payload.length), u16(0), payload]);
};

/** A capture file of raw IP packets, one a second. */
export const pcapOf = (
  datagrams: readonly { readonly from: Place; readonly to: Place; readonly payload: Uint8Array }[],
): Buffer => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  // LINKTYPE_RAW
  header.writeUInt32LE(101, 20);
  const packets = datagrams.map(({ from, to, payload }, at) => {
    const bytes = packet(from, to, payload);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_800_000_000 + at, 0);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([header, ...packets]);
};

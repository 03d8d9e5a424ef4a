import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/**
 * A device's end of DTLS 1.2 with PSK_WITH_AES_128_CCM_8 and connection ids, written from RFC 5246, 6347, 6655, 7627
 * and 9146 for tests. It shares no code with the server, sends what it is told to, and hears what it is given.
 */
export type DtlsClient = {
  /** Sends the first ClientHello. */
  readonly start: () => void;
  readonly hear: (datagram: Uint8Array) => void;
  /** A sealed record of application data; the next number unless one is given. Does not send it. */
  readonly seal: (
    data: Uint8Array,
    options?: { readonly type?: number; readonly sequence?: number },
  ) => Buffer;
  readonly isConnected: () => boolean;
  /** Application data that came. */
  readonly received: readonly Buffer[];
  /** Descriptions of alerts that came. */
  readonly alerts: readonly number[];
  /** How often a Finished of the server came that was right. */
  readonly finals: () => number;
  /** The flights that were sent, as lists of datagrams, for repeating them. */
  readonly flights: readonly (readonly Buffer[])[];
};

/** How a client behaves. */
export type DtlsClientOptions = {
  readonly send: (datagram: Buffer) => void;
  readonly identity: string;
  readonly key: Uint8Array;
  /** The connection id that it wants to see; `undefined` for one that knows none. */
  readonly cid?: Uint8Array;
  /** Cuts handshake messages of the second flight into pieces of so many bytes, each in its datagram. */
  readonly pieces?: number;
  /** Changes the datagrams of a flight before they are sent: their order, their number. */
  readonly shuffle?: (flight: readonly Buffer[]) => readonly Buffer[];
  readonly extendedMasterSecret?: boolean;
};

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const u24 = (value: number): Buffer => Buffer.from([value >> 16, (value >> 8) & 255, value & 255]);
const u48 = (value: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
};
const cat = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const mac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
  createHmac('sha256', key)
    .update(cat(...parts))
    .digest();
const hash = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256')
    .update(cat(...parts))
    .digest();

const expand = (secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer => {
  const all = cat(Buffer.from(label), seed);
  let a = mac(secret, all);
  let out = mac(secret, a, all);
  while (out.length < length) {
    a = mac(secret, a);
    out = cat(out, mac(secret, a, all));
  }
  return out.subarray(0, length);
};

const VERSION = Buffer.from([0xfe, 0xfd]);
const plain = (type: number, sequence: number, body: Uint8Array): Buffer =>
  cat(Buffer.from([type]), VERSION, u16(0), u48(sequence), u16(body.length), body);

/** A handshake message, cut into pieces. */
const pieces = (type: number, sequence: number, body: Buffer, size: number): readonly Buffer[] => {
  const out: Buffer[] = [];
  for (let at = 0; at === 0 || at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    out.push(cat(Buffer.from([type]), u24(body.length), u16(sequence), u24(at), u24(part.length), part));
  }
  return out;
};
const whole = (type: number, sequence: number, body: Buffer): Buffer =>
  cat(...pieces(type, sequence, body, 2 ** 20));

type Keys = { readonly key: Buffer; readonly salt: Buffer };

/** RFC 9146 5.3 where there is a connection id, RFC 5246 6.2.3.3 where there is none. */
const aboutRecord = (type: number, place: Buffer, cid: Buffer, length: number): Buffer =>
  cid.length > 0
    ? cat(Buffer.alloc(8, 255), Buffer.from([25, cid.length, 25]), VERSION, place, cid, u16(length))
    : cat(place, Buffer.from([type]), VERSION, u16(length));

const sealWith = (
  { key, salt }: Keys,
  sequence: number,
  cid: Buffer,
  type: number,
  data: Uint8Array,
): Buffer => {
  const place = cat(u16(1), u48(sequence));
  // Three zeros of padding, which RFC 9146 allows.
  const inner = cid.length > 0 ? cat(data, Buffer.from([type, 0, 0, 0])) : Buffer.from(data);
  const cipher = createCipheriv('aes-128-ccm', key, cat(salt, place), { authTagLength: 8 });
  cipher.setAAD(aboutRecord(type, place, cid, inner.length), { plaintextLength: inner.length });
  const sealed = cat(cipher.update(inner), cipher.final(), cipher.getAuthTag());
  const outer = cid.length > 0 ? 25 : type;
  return cat(Buffer.from([outer]), VERSION, place, cid, u16(sealed.length + 8), place, sealed);
};

const openWith = ({ key, salt }: Keys, record: Buffer, cidLength: number): { type: number; data: Buffer } => {
  const outer = record[0] ?? 0;
  const cid = outer === 25 ? record.subarray(11, 11 + cidLength) : Buffer.alloc(0);
  const place = record.subarray(3, 11);
  const body = record.subarray(13 + cid.length);
  const sealed = body.subarray(8, -8);
  const cipher = createDecipheriv('aes-128-ccm', key, cat(salt, body.subarray(0, 8)), { authTagLength: 8 });
  cipher.setAuthTag(body.subarray(-8));
  cipher.setAAD(aboutRecord(outer, place, cid, sealed.length), { plaintextLength: sealed.length });
  const inner = cat(cipher.update(sealed), cipher.final());
  if (cid.length === 0) return { type: outer, data: inner };
  const end = inner.findLastIndex((byte) => byte !== 0);
  return { type: inner[end] ?? 0, data: inner.subarray(0, end) };
};

/** The extensions of a ServerHello, by type. */
const extensionsOf = (serverHello: Buffer): ReadonlyMap<number, Buffer> => {
  const found = new Map<number, Buffer>();
  let at = 34 + 1 + (serverHello[34] ?? 0) + 3 + 2;
  while (at + 4 <= serverHello.length) {
    const length = serverHello.readUInt16BE(at + 2);
    found.set(serverHello.readUInt16BE(at), serverHello.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
};

export const createDtlsClient = (options: DtlsClientOptions): DtlsClient => {
  const ems = options.extendedMasterSecret ?? true;
  const random = randomBytes(32);
  const offered = options.cid;
  const received: Buffer[] = [];
  const alerts: number[] = [];
  const flights: Buffer[][] = [];
  let plainSequence = 0;
  let sequence = 0;
  let transcript: Buffer = Buffer.alloc(0);
  let serverRandom: Buffer = Buffer.alloc(0);
  let serverCid: Buffer = Buffer.alloc(0);
  let ownCidLength = 0;
  let writes: Keys | undefined;
  let reads: Keys | undefined;
  let expected: Buffer = Buffer.alloc(0);
  let finals = 0;

  const sendFlight = (datagrams: readonly Buffer[]): void => {
    const shuffled = (options.shuffle ?? ((same) => same))(datagrams);
    flights.push([...shuffled]);
    for (const datagram of shuffled) options.send(datagram);
  };
  const nextPlain = (type: number, body: Uint8Array): Buffer => {
    plainSequence += 1;
    return plain(type, plainSequence - 1, body);
  };
  const hello = (cookie: Buffer): Buffer => {
    const extensions = cat(
      ems ? cat(u16(23), u16(0)) : Buffer.alloc(0),
      offered
        ? cat(u16(54), u16(offered.length + 1), Buffer.from([offered.length]), offered)
        : Buffer.alloc(0),
      // Something that nobody knows.
      cat(u16(0x7a7a), u16(3), Buffer.from('abc')),
    );
    const suites = cat(u16(4), u16(0xc0a8), u16(0x00ff));
    return cat(
      VERSION,
      random,
      Buffer.from([0, cookie.length]),
      cookie,
      suites,
      Buffer.from([1, 0]),
      u16(extensions.length),
      extensions,
    );
  };
  const sayHello = (message: number, cookie: Buffer): void => {
    const body = hello(cookie);
    transcript = message === 0 ? Buffer.alloc(0) : whole(1, message, body);
    const size = message === 0 ? 2 ** 20 : (options.pieces ?? 2 ** 20);
    sendFlight(pieces(1, message, body, size).map((part) => nextPlain(22, part)));
  };
  const prove = (): void => {
    const identity = Buffer.from(options.identity);
    const exchange = cat(u16(identity.length), identity);
    transcript = cat(transcript, whole(16, 2, exchange));
    const zeros = Buffer.alloc(options.key.length);
    const premaster = cat(u16(zeros.length), zeros, u16(zeros.length), options.key);
    const master = ems
      ? expand(premaster, 'extended master secret', hash(transcript), 48)
      : expand(premaster, 'master secret', cat(random, serverRandom), 48);
    const block = expand(master, 'key expansion', cat(serverRandom, random), 40);
    writes = { key: block.subarray(0, 16), salt: block.subarray(32, 36) };
    reads = { key: block.subarray(16, 32), salt: block.subarray(36, 40) };
    const verify = expand(master, 'client finished', hash(transcript), 12);
    transcript = cat(transcript, whole(20, 3, verify));
    expected = expand(master, 'server finished', hash(transcript), 12);
    const parts = pieces(16, 2, exchange, options.pieces ?? 2 ** 20).map((part) => nextPlain(22, part));
    const change = nextPlain(20, Buffer.from([1]));
    const finished = pieces(20, 3, verify, options.pieces ?? 2 ** 20).map((part) => seal(part, { type: 22 }));
    const datagrams =
      options.pieces === undefined ? [cat(...parts, change, ...finished)] : [...parts, change, ...finished];
    sendFlight(datagrams);
  };
  const seal: DtlsClient['seal'] = (data, { type = 23, sequence: given } = {}) => {
    if (!writes) throw new Error('there are no keys yet');
    const number = given ?? sequence;
    if (given === undefined) sequence += 1;
    return sealWith(writes, number, serverCid, type, data);
  };
  const hearHandshake = (body: Buffer): void => {
    const type = body[0];
    const message = body.subarray(12, 12 + body.readUIntBE(9, 3));
    if (type === 3 && flights.length === 1) sayHello(1, message.subarray(3));
    if (type === 2 && serverRandom.length === 0) {
      serverRandom = Buffer.from(message.subarray(2, 34));
      const cid = extensionsOf(message).get(54);
      serverCid = Buffer.from(cid?.subarray(1) ?? []);
      ownCidLength = cid ? (offered?.length ?? 0) : 0;
      transcript = cat(transcript, body.subarray(0, 12 + message.length));
    }
    if (type === 14 && !writes) {
      transcript = cat(transcript, body.subarray(0, 12 + message.length));
      prove();
    }
    if (type === 20 && message.equals(expected)) finals += 1;
  };
  const take = (type: number, data: Buffer): void => {
    if (type === 22) hearHandshake(data);
    if (type === 21) alerts.push(data[1] ?? -1);
    if (type === 23) received.push(data);
  };
  const hearRecord = (record: Buffer): void => {
    if (record.readUInt16BE(3) === 0) take(record[0] ?? 0, record.subarray(13));
    else if (reads) {
      const { type, data } = openWith(reads, record, ownCidLength);
      take(type, data);
    }
  };

  return {
    start: () => sayHello(0, Buffer.alloc(0)),
    hear: (datagram) => {
      let rest: Buffer = Buffer.from(datagram);
      while (rest.length > 0) {
        const header = rest[0] === 25 ? 13 + ownCidLength : 13;
        const end = header + rest.readUInt16BE(header - 2);
        hearRecord(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
    },
    seal,
    isConnected: () => finals > 0,
    received,
    alerts,
    finals: () => finals,
    flights,
  };
};

import { bytesOf, joined, numberOf, readerOf, vectorOf } from './bytes.ts';
import { type Message, SERVER_HELLO } from './messages.ts';

const RENEGOTIATION_INFO = 0xff01;
const EXTENDED_MASTER_SECRET = 23;
const CONNECTION_ID = 54;
/** A cipher suite that is none but says what the extension renegotiation_info does (RFC 5746 3.3). */
const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

/** DTLS 1.2 counts downwards: 1.0 is 0xfeff. */
const DTLS_12 = 0xfefd;

/** The beginning of a ClientHello, which is all that a cookie is made of and checked with. */
export type HelloStart = {
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  /** Empty in the first one. */
  readonly cookie: Uint8Array;
};

/** Reads as far as the cookie: the first fragment of a hello has to come that far. */
export const readHelloStart = (body: Uint8Array): HelloStart | undefined => {
  const reader = readerOf(body);
  const version = reader.number(2);
  const random = reader.bytes(32);
  const sessionId = reader.vector(1);
  const cookie = reader.vector(1);
  if (version === undefined || !random || !sessionId || sessionId.length > 32 || !cookie) return undefined;
  return { random, sessionId, cookie };
};

/** What a device offers, as far as it matters here. */
export type ClientHello = HelloStart & {
  /** Whether it speaks DTLS 1.2. */
  readonly speaks12: boolean;
  readonly suites: readonly number[];
  readonly extendedMasterSecret: boolean;
  readonly renegotiationInfo: boolean;
  /** The connection id that it wants to see in records to it, maybe an empty one; `undefined` when it knows none. */
  readonly cid: Uint8Array | undefined;
};

/** Reads a whole ClientHello (RFC 6347 4.2.1); `undefined` when it is malformed. */
export const readClientHello = (body: Uint8Array): ClientHello | undefined => {
  const start = readHelloStart(body);
  if (!start) return undefined;
  const reader = readerOf(body);
  const version = reader.number(2) ?? 0;
  reader.bytes(32 + 2 + start.sessionId.length + start.cookie.length);
  const offered = reader.vector(2);
  const compressions = reader.vector(1);
  if (!offered || offered.length % 2 !== 0 || !compressions?.includes(0)) return undefined;
  const extensions = reader.left() === 0 ? new Map<number, Uint8Array>() : readExtensions(reader.vector(2));
  if (!extensions || reader.left() > 0) return undefined;
  const cid = extensions.get(CONNECTION_ID);
  const wanted = cid && readerOf(cid).vector(1);
  if (cid && cid.length !== (wanted?.length ?? -1) + 1) return undefined;
  const suites = suitesOf(offered);
  return {
    ...start,
    speaks12: version <= DTLS_12 && version >= 0xfe00,
    suites,
    extendedMasterSecret: extensions.has(EXTENDED_MASTER_SECRET),
    renegotiationInfo: extensions.has(RENEGOTIATION_INFO) || suites.includes(EMPTY_RENEGOTIATION_INFO_SCSV),
    cid: wanted,
  };
};

const suitesOf = (offered: Uint8Array): readonly number[] =>
  Array.from({ length: offered.length / 2 }, (_, at) => numberOf(offered.subarray(2 * at, 2 * at + 2)));

/** By type; `undefined` when they are malformed or one comes twice. */
const readExtensions = (bytes: Uint8Array | undefined): ReadonlyMap<number, Uint8Array> | undefined => {
  if (!bytes) return undefined;
  const reader = readerOf(bytes);
  const found = new Map<number, Uint8Array>();
  while (reader.left() > 0) {
    const type = reader.number(2);
    const body = reader.vector(2);
    if (type === undefined || !body || found.has(type)) return undefined;
    found.set(type, body);
  }
  return found;
};

/** A ServerHello that takes up what the client offered; it names no session, since none is ever resumed. */
export const serverHello = (
  sequence: number,
  answer: {
    readonly random: Uint8Array;
    readonly suite: number;
    readonly extendedMasterSecret: boolean;
    readonly renegotiationInfo: boolean;
    /** The connection id for records to this side; `undefined` when the client knows none. */
    readonly cid: Uint8Array | undefined;
  },
): Message => {
  const extensions = joined(
    answer.renegotiationInfo ? extension(RENEGOTIATION_INFO, Uint8Array.of(0)) : EMPTY,
    answer.extendedMasterSecret ? extension(EXTENDED_MASTER_SECRET, EMPTY) : EMPTY,
    answer.cid ? extension(CONNECTION_ID, vectorOf(answer.cid, 1)) : EMPTY,
  );
  const body = joined(
    bytesOf(DTLS_12, 2),
    answer.random,
    vectorOf(EMPTY, 1),
    bytesOf(answer.suite, 2),
    // No compression.
    Uint8Array.of(0),
    extensions.length === 0 ? EMPTY : vectorOf(extensions, 2),
  );
  return { type: SERVER_HELLO, sequence, body };
};

const EMPTY = new Uint8Array(0);

const extension = (type: number, body: Uint8Array): Uint8Array => joined(bytesOf(type, 2), vectorOf(body, 2));

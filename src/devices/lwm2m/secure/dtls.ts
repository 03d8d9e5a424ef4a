import type { Clock } from '../../../app/ports.ts';
import type { Later } from '../../../app/waker.ts';
import type { Association, DatagramEvents, SecureDatagram } from '../transport.ts';
import { hexOf } from './association.ts';
import { createCookies } from './cookie.ts';
import { createEstablished } from './established.ts';
import { type HalfOpen, type Opened, openHalf } from './half-open.ts';
import { createHalfOpens } from './half-opens.ts';
import { type HelloStart, readHelloStart } from './hello.ts';
import { DEFAULT_DTLS_LIMITS, type DtlsLimits, WRONG_KEY_COST } from './limits.ts';
import { CLIENT_HELLO, type Fragment, helloVerifyRecord, readFragments } from './messages.ts';
import { hmac } from './prf.ts';
import { createRateLimit, prefixOf } from './rate.ts';
import { HANDSHAKE, type RawRecord, readRecords, TLS12_CID } from './record.ts';

/** What DTLS needs from outside. */
export type DtlsDeps = {
  /** The datagrams below, which are plain UDP. */
  readonly below: SecureDatagram;
  /** The valid key under an identity. When it rejects, the device is told nothing and tries again. */
  readonly findKey: (identity: string) => Promise<Uint8Array | undefined>;
  readonly clock: Clock;
  readonly later: Later;
  /** So many bytes from a good source of randomness. */
  readonly random: (bytes: number) => Uint8Array;
  /** Is told why a key could not be looked up. */
  readonly trouble: (error: unknown) => void;
  readonly limits?: Partial<DtlsLimits>;
};

/** Bytes of the connection ids that devices put into their records. */
const CID_LENGTH = 6;
const BEAT = 250;
const LONGEST_KEY = 64;

/**
 * DTLS 1.2 with pre-shared keys and connection ids (RFC 6347, RFC 4279, RFC 7627, RFC 9146) over plain UDP. What is not
 * genuine is dropped without a word, and nothing is remembered of a sender whose address is not proven.
 */
export const createDtls = (deps: DtlsDeps): SecureDatagram => {
  const { below, clock, random } = deps;
  const limits: DtlsLimits = { ...DEFAULT_DTLS_LIMITS, ...deps.limits };
  const secret = random(32);
  const cookies = createCookies(secret, clock);
  const rate = createRateLimit(limits.rate, clock, random(16));
  const halves = createHalfOpens(limits.handshakes);
  const established = createEstablished({
    below,
    clock,
    limits,
    findKey: deps.findKey,
    trouble: deps.trouble,
  });
  let stopBeat = () => {};

  const keyFor = async (identity: string | undefined): Promise<{ known: boolean; bytes: Uint8Array }> => {
    const made = hmac(secret, Buffer.from(`identity ${identity}`)).subarray(0, 16);
    const found = identity === undefined ? undefined : await deps.findKey(identity);
    const isUsable = found !== undefined && found.length > 0 && found.length <= LONGEST_KEY;
    return isUsable ? { known: true, bytes: found } : { known: false, bytes: made };
  };
  const newCid = (): Uint8Array => {
    const cid = random(CID_LENGTH);
    const name = hexOf(cid);
    return established.byCid(name) || halves.byCid(name) ? newCid() : cid;
  };

  const begin = (start: HelloStart, first: Fragment, record: RawRecord, from: Association): HalfOpen => {
    const half: HalfOpen = openHalf(
      {
        from,
        random: Uint8Array.from(start.random),
        share: { random: random(32), cid: newCid() },
        message: first.sequence,
        record: record.sequence,
        now: clock(),
      },
      {
        send: (datagram) => below.send(from, datagram),
        find: (identity) => {
          keyFor(identity).then(
            (key) => {
              // Another one may have taken its place meanwhile, or its time may be over.
              if (halves.byAddress(from.key) === half) half.takeKey(key);
            },
            (error: unknown) => {
              halves.remove(half);
              deps.trouble(error);
            },
          );
        },
        unproven: () => rate.take(prefixOf(from.address), WRONG_KEY_COST),
        failed: () => halves.remove(half),
        done: (opened) => finish(half, opened),
      },
    );
    return half;
  };
  const finish = (half: HalfOpen, opened: Opened): void => {
    halves.remove(half);
    const secured = established.add(opened, half.from);
    for (const record of opened.early) established.take(secured, record, half.from);
  };

  /** Hellos without a right cookie leave no trace. */
  const greet = (start: HelloStart, fragments: readonly Fragment[], record: RawRecord, from: Association) => {
    const [first] = fragments;
    if (!first) return;
    if (!cookies.isValid(from.key, start)) {
      const cookie = cookies.cookieFor(from.key, start);
      below.send(from, helloVerifyRecord(record.sequence, first.sequence, cookie));
      return;
    }
    if (halves.isFull() || !rate.take(prefixOf(from.address))) return;
    const half = begin(start, first, record, from);
    halves.add(half);
    half.takePlain(fragments, record.sequence);
  };
  const takePlain = (record: RawRecord, from: Association): void => {
    if (record.type !== HANDSHAKE) return;
    const fragments = readFragments(record.body);
    const [first] = fragments;
    if (!first) return;
    const isHello = first.type === CLIENT_HELLO && first.offset === 0;
    const start = isHello ? readHelloStart(first.bytes) : undefined;
    const half = halves.byAddress(from.key);
    if (half && (!start || isSame(start, half))) half.takePlain(fragments, record.sequence);
    else if (start) greet(start, fragments, record, from);
  };
  const takeSealed = (record: RawRecord, from: Association): void => {
    const cid = record.type === TLS12_CID ? hexOf(record.cid) : undefined;
    const secured = cid === undefined ? established.byAddress(from.key) : established.byCid(cid);
    if (secured && established.take(secured, record, from)) return;
    const half = halves.byAddress(from.key);
    if (half && (cid === undefined || cid === hexOf(half.cid))) half.takeSealed(record);
  };
  const heard = (from: Association, datagram: Uint8Array): void => {
    for (const record of readRecords(datagram, CID_LENGTH)) {
      if (record.epoch === 0) takePlain(record, from);
      else if (record.epoch === 1) takeSealed(record, from);
    }
  };
  const beat = (): void => {
    halves.tick(clock());
    established.expire();
    stopBeat = deps.later(beat, BEAT);
  };

  return {
    scheme: 'coaps',
    listen: async (events: DatagramEvents) => {
      established.tell(events);
      const at = await below.listen({ message: heard, gone: () => undefined });
      stopBeat = deps.later(beat, BEAT);
      return at;
    },
    send: ({ key }, datagram) => established.send(key, datagram),
    close: async () => {
      stopBeat();
      established.endAll();
      await below.close();
    },
  };
};

/** The same hello again, with its cookie. */
const isSame = (start: HelloStart, half: HalfOpen): boolean =>
  start.cookie.length > 0 && Buffer.compare(start.random, half.random) === 0;

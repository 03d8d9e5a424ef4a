import { describe, expect, it } from 'vitest';
import { recordedKey, recordings } from '../../../../test/support/dtls-recordings.ts';
import { flightBytes, packKeys, sealTo } from './association.ts';
import { joined } from './bytes.ts';
import { beginHandshake, type Handshake, type Turn, takeKey, takeMessage } from './handshake.ts';
import { serverHello } from './hello.ts';
import { alerts, CLIENT_HELLO, CLIENT_KEY_EXCHANGE, FINISHED, readFragments } from './messages.ts';
import { openRecord, readRecords } from './record.ts';

const share = { random: new Uint8Array(32).fill(3), cid: new Uint8Array(6).fill(4) };
type Recording = (typeof recordings)[number];

const messagesOf = (datagram: Uint8Array) =>
  readRecords(datagram, 6)
    .filter(({ epoch, type }) => epoch === 0 && type === 22)
    .flatMap(({ body }) => readFragments(body))
    .map(({ type, sequence, bytes }) => ({ type, sequence, body: bytes }));

const turn = (state: Handshake, datagram: Uint8Array): Turn =>
  messagesOf(datagram).reduce<Turn>((last, message) => takeMessage(last.state, message, 0), { state });

const lookup = ({ state }: Turn): Extract<Handshake, { step: 'lookup' }> => {
  if (state.step !== 'lookup') throw new Error(`in step ${state.step}`);
  return state;
};

const upToKey = ({ serverRandom, hello, proof }: Recording) => {
  const begun = turn(beginHandshake({ ...share, random: serverRandom }), hello);
  return { begun, named: lookup(turn(begun.state, proof)) };
};

describe.each(recordings)('the recorded handshake with $suite', (recording) => {
  const { begun, named } = upToKey(recording);

  it('is answered with the recorded flight, numbered on from the hello', () => {
    const bytes = flightBytes(begun.send ?? [], { nextPlain: 1 }, () => undefined);
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(recording.answer).toString('hex'));
  });

  it('names its identity', () => {
    expect(named.identity).toBe('dev1');
  });

  it('gives the master secret that OpenSSL came to', () => {
    const ready = takeKey(named, { known: true, bytes: recordedKey });
    expect(Buffer.from(ready.master).toString('hex')).toBe(Buffer.from(recording.master).toString('hex'));
  });

  it('ends with the Finished that OpenSSL sealed, and with ours as it was', () => {
    const ready = takeKey(named, { known: true, bytes: recordedKey });
    const sealed = readRecords(recording.proof, 6).find(({ epoch }) => epoch === 1);
    const opened = sealed && openRecord({ suite: ready.suite, keys: ready.client }, sealed);
    const [finished] = readFragments(opened?.bytes ?? new Uint8Array(0));
    if (!finished) throw new Error('not opened');
    const message = { type: finished.type, sequence: finished.sequence, body: finished.bytes };
    const done = takeMessage(ready, message, 1);
    expect(done.state.step).toBe('done');
    const writing = { suite: ready.suite, keys: packKeys(ready), nextSequence: 0 };
    const bytes = flightBytes(done.send ?? [], { nextPlain: 3 }, (content) => sealTo(writing, content));
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(recording.final).toString('hex'));
  });
});

const [recording] = recordings;
if (!recording) throw new Error('nothing was recorded');
const [hello] = messagesOf(recording.hello);
if (!hello) throw new Error('no hello was recorded');
const begin = () => beginHandshake(share);

const withSuites = (...ids: readonly number[]) => {
  const at = hello.body.indexOf(0xc0, 2 + 32 + 1 + 17);
  const suites = Uint8Array.from(ids.flatMap((id) => [id >> 8, id & 255]));
  const head = hello.body.subarray(0, at - 2);
  return {
    ...hello,
    body: joined(head, Uint8Array.of(0, suites.length), suites, hello.body.subarray(at + 4)),
  };
};

it('takes the suite that the device likes best of those that it knows', () => {
  const { state } = takeMessage(begin(), withSuites(0xc02b, 0x00a8, 0xc0a8), 0);
  expect(state.step === 'key-exchange' && state.suite.id).toBe(0x00a8);
});

it('refuses a device that has no suite in common, and one that offers CBC only', () => {
  expect(takeMessage(begin(), withSuites(0xc02b), 0).refuse).toBe(alerts.handshakeFailure);
  expect(takeMessage(begin(), withSuites(0x00ae), 0).refuse).toBe(alerts.handshakeFailure);
});

it('refuses a device that speaks DTLS 1.0 only', () => {
  const old = { ...hello, body: joined(Uint8Array.of(0xfe, 0xff), hello.body.subarray(2)) };
  expect(takeMessage(begin(), old, 0).refuse).toBe(alerts.protocolVersion);
});

it('refuses a hello that ends too early, wherever it does', () => {
  for (let length = 0; length < hello.body.length; length += 1) {
    // A hello may end before its extensions.
    if (length === 2 + 32 + 1 + 17 + 6 + 2) continue;
    const short = { ...hello, body: hello.body.subarray(0, length) };
    expect(takeMessage(begin(), short, 0).refuse, `${length} bytes`).toBe(alerts.decodeError);
  }
});

it('refuses a message out of turn, and one in the wrong epoch', () => {
  const finished = { type: FINISHED, sequence: 1, body: new Uint8Array(12) };
  const exchange = { type: CLIENT_KEY_EXCHANGE, sequence: 2, body: Uint8Array.of(0, 1, 65) };
  expect(takeMessage(begin(), exchange, 0).refuse).toBe(alerts.unexpectedMessage);
  expect(takeMessage(begin(), { ...hello, type: CLIENT_HELLO }, 1).refuse).toBe(alerts.unexpectedMessage);
  const { named } = upToKey(recording);
  const ready = takeKey(named, { known: true, bytes: recordedKey });
  expect(takeMessage(ready, finished, 0).refuse).toBe(alerts.unexpectedMessage);
});

it('answers an unknown identity and a wrong key alike, even if the made-up key were guessed', () => {
  const { named } = upToKey(recording);
  const finished = { type: FINISHED, sequence: 3, body: new Uint8Array(12) };
  const wrong = takeKey(named, { known: true, bytes: Uint8Array.of(1) });
  const unknown = takeKey(named, { known: false, bytes: recordedKey });
  expect(takeMessage(wrong, finished, 1).refuse).toBe(alerts.decryptError);
  const sealed = readRecords(recording.proof, 6).find(({ epoch }) => epoch === 1);
  const opened = sealed && openRecord({ suite: unknown.suite, keys: unknown.client }, sealed);
  const [right] = readFragments(opened?.bytes ?? new Uint8Array(0));
  if (!right) throw new Error('not opened');
  const guessed = takeMessage(unknown, { type: right.type, sequence: right.sequence, body: right.bytes }, 1);
  expect(guessed.refuse).toBe(alerts.decryptError);
});

it('looks for no identity where it is no UTF-8', () => {
  const { begun } = upToKey(recording);
  const exchange = { type: CLIENT_KEY_EXCHANGE, sequence: 2, body: Uint8Array.of(0, 1, 0xff) };
  expect(lookup(takeMessage(begun.state, exchange, 0)).identity).toBeUndefined();
});

it('offers a connection id to a device that knows them, and to no other', () => {
  const answer = {
    random: share.random,
    suite: 0xc0a8,
    extendedMasterSecret: false,
    renegotiationInfo: false,
  };
  expect([...serverHello(1, { ...answer, cid: share.cid }).body.subarray(-11)]).toEqual([
    0, 54, 0, 7, 6, 4, 4, 4, 4, 4, 4,
  ]);
  expect(serverHello(1, { ...answer, cid: undefined }).body).toHaveLength(2 + 32 + 1 + 2 + 1);
});

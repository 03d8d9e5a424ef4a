import { expect, it } from 'vitest';
import type { SecureDatagram } from '../transport.ts';
import { createEstablished } from './established.ts';
import { DEFAULT_DTLS_LIMITS } from './limits.ts';
import { ALERT, APPLICATION_DATA, LAST_SEQUENCE, readRecords } from './record.ts';
import { emptyWindow } from './replay.ts';
import { suites } from './suites.ts';

const [suite] = suites;
if (!suite) throw new Error('there are no suites');

/** An association that has sent almost all that it may. */
const worn = () => {
  const sent: Uint8Array[] = [];
  const gone: string[] = [];
  const below: SecureDatagram = {
    scheme: 'coap',
    listen: async () => ({ address: '', port: 0 }),
    send: (_, datagram) => sent.push(datagram),
    close: async () => undefined,
  };
  const established = createEstablished({
    below,
    clock: () => 0,
    limits: DEFAULT_DTLS_LIMITS,
    findKey: async () => undefined,
    trouble: () => undefined,
  });
  established.tell({ message: () => undefined, gone: (key) => gone.push(key) });
  const share = { random: new Uint8Array(32), cid: new Uint8Array(6) };
  const hello = { random: new Uint8Array(32), extendedMasterSecret: true, cid: undefined };
  const keys = { client: new Uint8Array(20), server: new Uint8Array(20).fill(1) };
  const secured = established.add(
    {
      state: {
        step: 'done',
        suite,
        hello,
        share,
        transcript: new Uint8Array(0),
        identity: 'a',
        flight: [],
        ...keys,
      },
      numbers: { nextPlain: 4, nextSequence: LAST_SEQUENCE - 1 },
      window: emptyWindow,
      early: [],
    },
    { address: '192.0.2.1', port: 1 },
  );
  return { established, key: secured.association.key, sent, gone };
};

it('closes an association with its last number, and uses none twice', () => {
  const { established, key, sent, gone } = worn();
  for (let count = 0; count < 5; count += 1) established.send(key, Uint8Array.of(count));
  const records = sent.flatMap((datagram) => readRecords(datagram, 6));
  expect(records.map(({ type, sequence }) => [type, sequence])).toEqual([
    [APPLICATION_DATA, LAST_SEQUENCE - 1],
    [ALERT, LAST_SEQUENCE],
  ]);
  expect(gone).toEqual([key]);
});

import { describe, expect, it } from 'vitest';
import { recordings } from '../../../../test/support/dtls-recordings.ts';
import { keysOf } from './prf.ts';
import { APPLICATION_DATA, HANDSHAKE, openRecord, readRecords, sealRecord, TLS12_CID } from './record.ts';
import { suites } from './suites.ts';

const cid = Uint8Array.of(1, 2, 3, 4, 5, 6);

const suiteOf = (id: number) => {
  const suite = suites.find((one) => one.id === id);
  if (!suite) throw new Error(`no suite ${id}`);
  return suite;
};

describe.each(recordings)('a record that OpenSSL sealed with $suite', (recording) => {
  const { client } = keysOf(recording.master, recording.clientRandom, recording.serverRandom);
  const reading = { suite: suiteOf(recording.id), keys: client };
  const records = readRecords(recording.data, cid.length);

  it('is opened', () => {
    const contents = records.map((record) => openRecord(reading, record));
    expect(contents).toEqual([{ type: APPLICATION_DATA, bytes: Buffer.from('sealed by OpenSSL\n') }]);
  });

  it('is not opened after a change of any byte', () => {
    for (let at = 0; at < recording.data.length; at += 1) {
      const changed = Uint8Array.from(recording.data);
      changed[at] = (changed[at] ?? 0) ^ 1;
      // A changed length makes it no record, or none of these.
      const opened = readRecords(changed, cid.length).map((record) => openRecord(reading, record));
      expect(opened.filter((content) => content !== undefined)).toEqual([]);
    }
  });
});

describe.each(suites)('suite $id', (suite) => {
  const keys = new Uint8Array(20).fill(9);
  const content = { type: HANDSHAKE, bytes: Uint8Array.of(1, 2, 3) };

  it('opens what it sealed, with a connection id and without', () => {
    for (const carried of [cid, new Uint8Array(0)]) {
      const [record] = readRecords(sealRecord({ suite, keys, cid: carried }, 2 ** 40, content), cid.length);
      expect(record?.type).toBe(carried.length > 0 ? TLS12_CID : HANDSHAKE);
      expect(record?.sequence).toBe(2 ** 40);
      const opened = record && openRecord({ suite, keys }, record);
      expect({ type: opened?.type, bytes: [...(opened?.bytes ?? [])] }).toEqual({
        type: HANDSHAKE,
        bytes: [1, 2, 3],
      });
    }
  });

  it('binds the connection id', () => {
    const [record] = readRecords(sealRecord({ suite, keys, cid }, 1, content), cid.length);
    const elsewhere = record && { ...record, cid: Uint8Array.of(9, 2, 3, 4, 5, 6) };
    expect(elsewhere && openRecord({ suite, keys }, elsewhere)).toBeUndefined();
  });
});

it('reads all records of a datagram up to the first that is none', () => {
  const suite = suiteOf(0xc0a8);
  const one = sealRecord({ suite, keys: new Uint8Array(20), cid: new Uint8Array(0) }, 7, {
    type: APPLICATION_DATA,
    bytes: Uint8Array.of(1),
  });
  expect(readRecords(Buffer.concat([one, one, Uint8Array.of(22, 3, 3, 0)]), 6)).toHaveLength(2);
  expect(readRecords(Buffer.concat([one, one]).subarray(0, -1), 6)).toHaveLength(1);
  expect(readRecords(Buffer.concat(Array.from({ length: 100 }, () => one)), 6)).toHaveLength(16);
});

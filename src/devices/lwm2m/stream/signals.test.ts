import { expect, it } from 'vitest';
import { abort, CSM, OWN_MESSAGE_SIZE, ownCsm, pongFor, readCsm, release } from './signals.ts';

const csm = (body: string) => ({ code: CSM, token: new Uint8Array(0), body: Buffer.from(body, 'hex') });

it('offers block-wise transfer with the base size, so that nobody takes it for BERT', () => {
  expect(Buffer.from(ownCsm().body).toString('hex')).toBe('22048020');
  expect(readCsm(ownCsm())).toEqual({ ok: true, maxMessageSize: 1152 });
});

it('takes the size of the other side, or what held before', () => {
  // Option 2 with two bytes.
  expect(readCsm(csm('222000'))).toEqual({ ok: true, maxMessageSize: 0x2000 });
  expect(readCsm(csm(''))).toEqual({ ok: true, maxMessageSize: OWN_MESSAGE_SIZE });
  expect(readCsm(csm(''), 4000)).toEqual({ ok: true, maxMessageSize: 4000 });
});

it('passes over options that may be ignored, and names one that may not', () => {
  // Option 6, then option 9.
  expect(readCsm(csm('60'))).toMatchObject({ ok: true });
  expect(readCsm(csm('6030'))).toEqual({ ok: false, badOption: 9 });
  expect(readCsm(csm('ef'))).toEqual({ ok: false, badOption: undefined });
});

it('writes the other signals of RFC 8323', () => {
  const ping = { code: 0xe2, token: Uint8Array.of(1, 2), body: new Uint8Array(0) };
  expect(pongFor(ping)).toMatchObject({ code: 0xe3, token: ping.token });
  expect(release().code).toBe(0xe4);
  expect(Buffer.from(abort('why', 9).body).toString('hex')).toBe('2109ff776879');
});

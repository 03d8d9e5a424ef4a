import type { Refusal, RefusalCode } from '../../domain/refusal.ts';
import type { CoapCode, CoapResponse } from './coap/peer.ts';

/** A refusal has one code on this wire. */
const codes = {
  unauthenticated: '4.03',
  forbidden: '4.03',
  'not-found': '4.04',
  'already-exists': '4.09',
  'changed-meanwhile': '5.03',
  'in-use': '4.09',
  invalid: '4.00',
  'too-large': '4.13',
  'too-many-requests': '5.03',
  'storage-full': '5.03',
  'idempotency/reused': '4.00',
  'query/syntax': '4.00',
  'package/corrupt': '4.00',
  'device/not-enrolled': '4.03',
  'campaign/wrong-state': '4.09',
  'campaign/not-editable': '4.09',
  'campaign/own-approval': '4.03',
  'campaign/nothing-to-send': '4.09',
  'update/closed': '4.09',
  'update/wrong-step': '4.09',
} as const satisfies Record<RefusalCode, CoapCode>;

export const codeOf = ({ code }: Refusal): CoapCode => codes[code];

const encoder = new TextEncoder();
const MOST = 200;

/** An answer with a sentence for whoever reads the device's log (RFC 7252 5.5.2). */
export const diagnostic = (code: CoapCode, sentence = ''): CoapResponse => ({
  code,
  payload: encoder.encode(sentence.slice(0, MOST)),
});

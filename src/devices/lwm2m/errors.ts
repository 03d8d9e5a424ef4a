import type { CoapCode, CoapResponse } from './coap/peer.ts';

const encoder = new TextEncoder();
const MOST = 200;

/** An answer with a sentence for whoever reads the device's log (RFC 7252 5.5.2). */
export const diagnostic = (code: CoapCode, sentence = ''): CoapResponse => ({
  code,
  payload: encoder.encode(sentence.slice(0, MOST)),
});

import { joined, numberOf } from '../secure/bytes.ts';
import { CLIENT_KEY_EXCHANGE, readIdentity } from '../secure/messages.ts';

/** What a scanner of the beginning of a TLS connection has found. */
export type Scanned =
  | { readonly found: 'nothing-yet' }
  /** A whole ClientKeyExchange; `identity` is `undefined` when it is malformed. */
  | { readonly found: 'identity'; readonly identity: string | undefined }
  /** There is no identity to come: what follows is for TLS to refuse. */
  | { readonly found: 'end' };

const HANDSHAKE = 22;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
/** Two messages of a device, of a few hundred bytes each. */
const MOST = 8192;

const NOTHING: Scanned = { found: 'nothing-yet' };
const END: Scanned = { found: 'end' };

/**
 * Looks for the PSK identity in what a device sends in the clear during a TLS 1.2 handshake (RFC 5246 6.2.1 and 7.4.7,
 * RFC 4279 2). Only reads along: what it overlooks or misreads makes a handshake fail, and opens none.
 */
export const createIdentityScanner = (): ((bytes: Uint8Array) => Scanned) => {
  let records: Uint8Array = new Uint8Array(0);
  let messages: Uint8Array = new Uint8Array(0);
  let result: Scanned = NOTHING;

  const takeRecords = (): Scanned => {
    while (records.length >= RECORD_HEADER) {
      const length = numberOf(records.subarray(3, RECORD_HEADER));
      if (records[0] !== HANDSHAKE) return END;
      if (records.length < RECORD_HEADER + length) return NOTHING;
      messages = joined(messages, records.subarray(RECORD_HEADER, RECORD_HEADER + length));
      records = records.subarray(RECORD_HEADER + length);
      const found = takeMessages();
      if (found.found !== 'nothing-yet') return found;
    }
    return NOTHING;
  };
  const takeMessages = (): Scanned => {
    while (messages.length >= MESSAGE_HEADER) {
      const end = MESSAGE_HEADER + numberOf(messages.subarray(1, MESSAGE_HEADER));
      if (messages.length < end) return NOTHING;
      const body = messages.subarray(MESSAGE_HEADER, end);
      if (messages[0] === CLIENT_KEY_EXCHANGE) return { found: 'identity', identity: readIdentity(body) };
      messages = messages.subarray(end);
    }
    return NOTHING;
  };

  return (bytes) => {
    if (result.found !== 'nothing-yet') return END;
    records = joined(records, bytes);
    result = takeRecords();
    if (result.found === 'nothing-yet' && records.length + messages.length > MOST) result = END;
    return result;
  };
};

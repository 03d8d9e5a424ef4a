import { ConnectionRefused } from './connector.ts';

/** The time for all of it was over. */
export class TooLate extends Error {}

const noHttp = 'what came back is not an HTTP answer';

const words: readonly (readonly [codes: RegExp, problem: string])[] = [
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(ENOTFOUND|ENODATA)$/, 'the host name is not known'],
  [/^EAI_AGAIN$/, 'the host name could not be looked up'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'the host cannot be reached'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'the connection was closed before an answer came'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'no connection could be made in time'],
  [/^UND_ERR_(HEADERS_OVERFLOW|RES)/, noHttp],
];
const certificateCodes =
  /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;
const tlsCodes = /^(EPROTO|ERR_SSL|ERR_TLS|ERR_OSSL)/;
const LONGEST = 200;

/** Why no answer came, in words for whoever reads the log of deliveries. */
export const problemOf = (error: unknown, timeout: number): string => {
  if (error instanceof ConnectionRefused) return error.message;
  const { message, code } = detailsOf(error);
  if (error instanceof TooLate || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) {
    return `no answer within ${timeout / 1000} s`;
  }
  if (certificateCodes.test(code)) return `the certificate is not trusted: ${message}`;
  if (tlsCodes.test(code)) return `TLS failed: ${message.replace(/^.*SSL routines:[^:]*:([^:]*):.*$/, '$1')}`;
  if (error instanceof Error && error.name === 'HTTPParserError') return noHttp;
  return words.find(([codes]) => codes.test(code))?.[1] ?? message;
};

const detailsOf = (error: unknown) => {
  if (!(error instanceof Error)) return { message: String(error).slice(0, LONGEST), code: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Of several attempts at the addresses of one name, the text is in the parts. What the runtime advises is about the
  // program that runs, which is not the business of whoever reads the log.
  const told = error.message === '' ? code : error.message.replace(/; if the root CA .*$/s, '');
  return { message: told.split('\n')[0]?.slice(0, LONGEST) ?? '', code };
};

import type { Reason } from '../../domain/outcome.ts';
import type { Profile } from './profile.ts';
import type { Operation } from './record.ts';

/** What a result code says of an attempt. */
export type Meaning =
  | { readonly is: 'downloaded' }
  | { readonly is: 'installed' }
  | { readonly is: 'deferred'; readonly message: string }
  | { readonly is: 'cancelled'; readonly message: string }
  | { readonly is: 'failed'; readonly reason: Reason; readonly message: string };

type Row = readonly [Reason | 'cancelled' | 'phase', string];

/** FUMO 1.0 (B1.7). `phase` is what fails in the phase that the operation is for. */
const fumo: Readonly<Record<number, Row>> = {
  400: ['phase', 'error of the management client'],
  401: ['cancelled', 'cancelled by the user'],
  402: ['checksum-mismatch', 'the package is corrupted'],
  403: ['wrong-package', 'the package is for another device'],
  404: ['wrong-package', 'the signature of the package is not valid'],
  405: ['wrong-package', 'the package is not acceptable'],
  406: ['download-failed', 'authentication for the download failed'],
  407: ['download-failed', 'the download timed out'],
  408: ['unsupported', 'the operation is not implemented'],
  409: ['install-failed', 'undefined error'],
  410: ['install-failed', 'the update failed'],
  411: ['unsupported', 'the URL of the package is not usable'],
  412: ['download-failed', 'the download server is unavailable'],
  500: ['download-failed', 'error of the download server'],
  501: ['no-space', 'not enough memory to download'],
  502: ['no-space', 'not enough memory to update'],
  503: ['connection-lost', 'the network failed during the download'],
};

/** Those of Verizon's reference client that differ. */
const verizon: Readonly<Record<number, Row>> = {
  552: ['cancelled', 'cancelled with nothing to stop'],
  553: ['cancelled', 'cancelled while deferred'],
  554: ['cancelled', 'cancelled before the update'],
  555: ['download-failed', 'no Wi-Fi in time'],
  599: ['device-rejected', 'not allowed by the policy of the enterprise'],
};

/** SCOMO 1.0, 8.7 (B1.12). */
const scomo: Readonly<Record<number, Row>> = {
  1400: ['phase', 'error of the client'],
  1401: ['cancelled', 'cancelled by the user'],
  1402: ['download-failed', 'the download failed'],
  1403: ['download-failed', 'authentication for the download failed'],
  1404: ['no-space', 'not enough memory to download'],
  1405: ['install-failed', 'the installation failed'],
  1406: ['no-space', 'not enough memory to install'],
  1407: ['checksum-mismatch', 'the package is not valid'],
  1408: ['install-failed', 'the removal failed'],
  1409: ['activation-failed', 'the activation failed'],
  1410: ['activation-failed', 'the deactivation failed'],
  1411: ['unsupported', 'the operation is not implemented'],
  1412: ['install-failed', 'undefined error'],
  1413: ['wrong-package', 'rejected: the package is for another environment'],
  1500: ['download-failed', 'error of the server'],
  1501: ['download-failed', 'the server is unavailable'],
};

/** OMA Download OTA 1.0, 5.2 (B2). */
const installNotify: Readonly<Record<number, Row>> = {
  901: ['no-space', 'not enough memory'],
  902: ['cancelled', 'cancelled by the user'],
  903: ['connection-lost', 'the network failed'],
  905: ['checksum-mismatch', 'the object is not what its descriptor says'],
  906: ['wrong-package', 'the descriptor is not valid'],
  951: ['unsupported', 'the version of the descriptor is not supported'],
  952: ['install-failed', 'the device aborted'],
  953: ['wrong-package', 'the content is not acceptable'],
  954: ['install-failed', 'error of the loader'],
};

const byPhase = (operation: Operation | null): Reason =>
  operation === 'update' ? 'install-failed' : 'download-failed';

const meaningIn = (row: Row, code: number, operation: Operation | null): Meaning => {
  const [what, words] = row;
  const message = `result ${code}: ${words}`;
  if (what === 'cancelled') return { is: 'cancelled', message };
  return { is: 'failed', reason: what === 'phase' ? byPhase(operation) : what, message };
};

const success = (operation: Operation | null): Meaning => ({
  is: operation === 'download' ? 'downloaded' : 'installed',
});

const unknown = (code: number, operation: Operation | null): Meaning => ({
  ...{ is: 'failed', reason: operation === 'download' ? 'download-failed' : 'install-failed' },
  message: `result ${code}, which is of the device's maker`,
});

const putOff = /\b(KEY|WIFI|DOWNLOAD|UPDATE)_DEFERRED\b|\bLOW_(BATTERY|MEMORY)\b/;

const inVerizon = (code: number, operation: Operation | null, text: string): Meaning | undefined => {
  if (code === 255 && operation !== 'update') return { is: 'downloaded' };
  if (code === 403 && putOff.test(text)) return { is: 'deferred', message: `result 403: ${text}` };
  const row = verizon[code];
  return row && meaningIn(row, code, operation);
};

const isSuccess = (code: number): boolean => code === 200 || (code >= 250 && code <= 299);

/** What a result of FUMO means, by the profile of the device; codes that nobody defined fail the attempt. */
export const meaningOfFumo = (
  results: Profile['results'],
  code: number,
  operation: Operation | null,
  text: string,
): Meaning => {
  const special = results === 'verizon' ? inVerizon(code, operation, text) : undefined;
  if (special !== undefined) return special;
  if (isSuccess(code)) return success(operation);
  const row = fumo[code];
  return row === undefined ? unknown(code, operation) : meaningIn(row, code, operation);
};

/** What a result of SCOMO means. */
export const meaningOfScomo = (code: number, operation: Operation | null): Meaning => {
  if (code === 1200 || (code >= 1250 && code <= 1299)) return success(operation);
  const row = scomo[code];
  return row === undefined ? unknown(code, operation) : meaningIn(row, code, operation);
};

/** What an install notification means: success is that of the download alone. */
export const meaningOfNotification = (code: number): Meaning => {
  if (code === 900) return { is: 'downloaded' };
  const row = installNotify[code];
  return row === undefined ? unknown(code, 'download') : meaningIn(row, code, 'download');
};

/** What a Status means with which a device refuses a command of ours (B1.4). */
export const reasonOfStatus = (status: number | null, operation: Operation | null): Reason => {
  switch (status) {
    case 401:
    case 403:
    case 407:
    case 425:
      return 'device-rejected';
    case 404:
    case 405:
    case 406:
    case 415:
    case 501:
      return 'unsupported';
    case 413:
    case 420:
      return 'no-space';
    case 424:
      return 'checksum-mismatch';
    case 417:
    case 503:
    case 510:
      return 'device-busy';
    default:
      return byPhase(operation);
  }
};

/** What State says when nothing else was heard (B1.7); `undefined` says nothing. */
export const meaningOfState = (state: number | null, operation: Operation): Meaning | 'busy' | undefined => {
  switch (state) {
    case 30:
    case 60:
      return 'busy';
    case 40:
    case 50:
      return operation === 'update' ? undefined : { is: 'downloaded' };
    case 20:
      return { is: 'failed', reason: 'download-failed', message: 'state 20: the download failed' };
    case 70:
    case 80:
      return { is: 'failed', reason: 'install-failed', message: `state ${state}: the update failed` };
    case 90:
    case 100:
      return { is: 'installed' };
    case 10:
      return {
        is: 'failed',
        reason: 'connection-lost',
        message: 'state 10: the device knows nothing of what it was told to do',
      };
    default:
      return undefined;
  }
};

const failedStatus = (status: number, reason: Reason, what: string): Meaning => ({
  ...{ is: 'failed', reason },
  message: `status ${status}: ${what}`,
});

const forgotten = (status: number): Meaning =>
  failedStatus(status, 'connection-lost', 'the device knows nothing of what it was told to do');

/** What Status of SCOMO says below Download when nothing else was heard (B1.12); `undefined` says nothing. */
export const meaningOfOffered = (
  status: number | null,
  operation: Operation,
): Meaning | 'busy' | undefined => {
  switch (status) {
    case 10:
      return forgotten(status);
    case 20:
      return failedStatus(status, 'download-failed', 'the download failed');
    case 30:
    case 50:
      return 'busy';
    case 40:
      return operation === 'download' ? { is: 'downloaded' } : 'busy';
    case 60:
    case 70:
      return failedStatus(status, 'install-failed', 'the installation failed');
    default:
      return undefined;
  }
};

/** And what it says below Inventory/Delivered. */
export const meaningOfDelivered = (status: number | null): Meaning | 'busy' | undefined => {
  switch (status) {
    case 10:
      return forgotten(status);
    case 40:
      return 'busy';
    case 50:
    case 60:
      return failedStatus(status, 'install-failed', 'the installation failed');
    default:
      return undefined;
  }
};

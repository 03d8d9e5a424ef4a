import type { Reason } from '../../domain/outcome.ts';
import type { ObjectKind, ObjectState } from './session-types.ts';

/** What a result says (A1.11, A1.14, D.7). */
export type Meaning =
  | { readonly is: 'nothing' }
  | { readonly is: 'success' }
  | { readonly is: 'deferred' }
  | { readonly is: 'failure'; readonly reason: Reason; readonly message: string };

const nothing: Meaning = { is: 'nothing' };
const success: Meaning = { is: 'success' };
const failure = (reason: Reason, message: string): Meaning => ({ is: 'failure', reason, message });

const firmware: Readonly<Record<number, Meaning>> = {
  0: nothing,
  1: success,
  2: failure('no-space', 'not enough flash memory for the package'),
  3: failure('no-space', 'out of memory while downloading'),
  4: failure('connection-lost', 'the connection was lost while downloading'),
  5: failure('checksum-mismatch', 'the integrity check of the package failed'),
  6: failure('wrong-package', 'the device does not take packages of this type'),
  7: failure('download-failed', 'the device found nothing under the URI of the package'),
  8: failure('install-failed', 'the device could not install the package'),
  9: failure('unsupported', 'the device cannot fetch packages over this protocol'),
  10: failure('device-rejected', 'the update was cancelled on the device'),
  11: { is: 'deferred' },
};

const software: Readonly<Record<number, Meaning>> = {
  0: nothing,
  1: nothing,
  2: success,
  3: nothing,
  50: failure('no-space', 'not enough storage for the package'),
  51: failure('no-space', 'out of memory while downloading'),
  52: failure('connection-lost', 'the connection was lost while downloading'),
  53: failure('checksum-mismatch', 'the integrity check of the package failed'),
  54: failure('wrong-package', 'the device does not take packages of this type'),
  56: failure('download-failed', 'the device found nothing under the URI of the package'),
  57: failure('unknown', 'an error of the device'),
  58: failure('install-failed', 'the device could not install the package'),
  59: failure('install-failed', 'the device could not uninstall the package'),
};

const tables = { firmware, software } as const;

/** What a result stands for; numbers that are not in the object are kept as the device's own errors. */
export const meaningOf = (kind: ObjectKind, result: number | undefined): Meaning => {
  if (result === undefined) return nothing;
  return tables[kind][result] ?? failure('unknown', `device error ${result}`);
};

/** The result with which a device says that a URI led nowhere, and that it cannot speak its scheme. */
export const uriResults = {
  firmware: { notFound: 7, scheme: 9 },
  software: { notFound: 56, scheme: -1 },
} as const satisfies Record<ObjectKind, object>;

const firmwareStates = ['idle', 'downloading', 'downloaded', 'updating'] as const;
/** Downloaded there means that its integrity is still being looked at. */
const softwareStates = ['idle', 'downloading', 'downloading', 'downloaded', 'installed'] as const;

/** The state that a number stands for; `undefined` for a number that no object has. */
export const stateOf = (kind: ObjectKind, number: number | undefined): ObjectState | undefined => {
  if (number === undefined) return undefined;
  return (kind === 'firmware' ? firmwareStates : softwareStates)[number];
};

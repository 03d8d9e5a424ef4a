import type { Protocol } from '../domain/device.ts';
import { type Admitted, admitDevice } from './device-access.ts';

type Deps = Parameters<typeof admitDevice>[0];

/**
 * A device's own secret with the names of its account and itself, for wires whose paths do not name the account:
 * `gateway/<account>/<device>/<secret>`, in characters that an Authorization header may have.
 */
export const deviceToken = (account: string, device: string, secret: string): string =>
  ['gateway', encode(account), encode(device), secret].join('/');

// `encodeURIComponent` never leaves a plus sign, so that it can stand in for the percent sign.
const encode = (text: string): string => encodeURIComponent(text).replaceAll('%', '+');

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', '%'));
  } catch {
    return undefined;
  }
};

const LONGEST = 1_024;

/** Whether a text has the form of such a token, right or wrong. */
export const isDeviceToken = (text: string): boolean => text.startsWith('gateway/');

/** Which device a token says that it is of, right or wrong; `undefined` for what is none. */
export const deviceOfToken = (text: string): string | undefined =>
  isDeviceToken(text) && text.length <= LONGEST ? text.slice(0, text.lastIndexOf('/')) : undefined;

/** The device that shows its token; `undefined` tells nothing of why not. */
export const admitByToken = async (
  deps: Deps,
  protocol: Protocol,
  token: string,
): Promise<Admitted | undefined> => {
  const [kind, account, device, secret, ...more] = token.length > LONGEST ? [] : token.split('/');
  const at = { account: decode(account ?? ''), device: decode(device ?? '') };
  if (kind !== 'gateway' || more.length > 0 || secret === undefined) return undefined;
  if (at.account === undefined || at.device === undefined) return undefined;
  return admitDevice(deps, { account: at.account, device: at.device, protocol }, { kind: 'own', secret });
};

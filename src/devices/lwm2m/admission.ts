import { type Admitted, admitKnown, admitUnproven } from '../../app/device-access.ts';
import { setProtocol } from '../../app/device-attributes.ts';
import { findPreSharedKey } from '../../app/device-keys.ts';
import { insist } from '../../app/insist.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import { identifyEndpoint } from './identity.ts';
import type { Association } from './transport.ts';

/** Which device registers, or why it may not: in words for its own log that tell nothing of others. */
export type Registering = { readonly admitted: Admitted } | { readonly no: string };

const no = (sentence: string): Registering => ({ no: sentence });

/** What proved itself by a key must be the device that it says it is (A1.16); what proves nothing must be expected. */
export const admit = async (
  deps: Lwm2mDeps,
  { account }: Pick<Lwm2mSettings, 'account'>,
  { identity }: Pick<Association, 'identity'>,
  endpoint: string | undefined,
): Promise<Registering> => {
  const named = endpoint === undefined ? undefined : identifyEndpoint(endpoint);
  if (named?.ok === false) return no(named.refusal.message);
  if (identity !== undefined) return admitProven(deps, identity, named?.value.id);
  if (named === undefined) return no('The endpoint name (ep) is missing.');
  if (named.value.wrongCheckDigit) deps.log.info({ endpoint }, 'the check digit of an IMEI is wrong');
  if (account === '') return no('This server expects devices to prove who they are.');
  const admitted = await admitUnproven(deps, { account, device: named.value.id, protocol: 'lwm2m' });
  return admitted === undefined ? no('This endpoint may not register here.') : { admitted };
};

/** Which device may be given its key: one that shows a key, or over a plain listener one that is known (A1.5). */
export const admitToBootstrap = async (
  deps: Lwm2mDeps,
  { account, bootstrap }: Pick<Lwm2mSettings, 'account' | 'bootstrap'>,
  association: Pick<Association, 'identity'>,
  endpoint: string | undefined,
): Promise<Registering> => {
  if (bootstrap === 'off') return no('This server is no bootstrap server.');
  if (association.identity !== undefined) return admit(deps, { account }, association, endpoint);
  if (bootstrap !== 'plain') return no('This server expects devices to prove who they are.');
  const named = identifyEndpoint(endpoint ?? '');
  const known = named.ok
    ? await admitKnown(deps, { account, device: named.value.id, protocol: 'lwm2m' })
    : undefined;
  return known === undefined ? no('This endpoint gets no key here.') : { admitted: known };
};

const admitProven = async (
  deps: Lwm2mDeps,
  identity: string,
  named: string | undefined,
): Promise<Registering> => {
  const found = await findPreSharedKey(deps, identity);
  if (found === undefined) return no('The key of this endpoint is no longer good.');
  const { account, device } = found;
  if (named !== undefined && normaliseDeviceId(named) !== device.id) {
    return no('The endpoint name is not that of the key.');
  }
  const speaker = { account, actor: { kind: 'device', id: device.id, wire: 'lwm2m' } } as const;
  if (device.protocol === 'lwm2m') return { admitted: { speaker, device } };
  const set = await insist(() => setProtocol(deps, speaker, device, 'lwm2m'));
  return set.ok ? { admitted: { speaker, device } } : no('The endpoint may not register now.');
};

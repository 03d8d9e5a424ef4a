import type { Caller } from '../../app/caller.ts';
import type { ThingSpaceCampaign, ThingSpaceDates, Transport } from '../../app/thingspace-campaign.ts';
import { type Scheduled, schedule } from '../../app/thingspace-campaigns.ts';
import { resolvePackage } from '../../app/thingspace-packages.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import { BadRequest } from './errors.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { type Distribution, distributionIn } from './protocols.ts';
import { deviceIdsIn } from './reading.ts';

const transports: Readonly<Record<Distribution, Transport>> = {
  HTTP: 'http',
  LWM2M: 'lwm2m',
  OMA: 'oma-dm',
};

/** What a distribution type or protocol of a request means. Throws `BadRequest`. */
export const transportIn = (word: string, name: 'distributionType' | 'protocol'): Transport => {
  const distribution = distributionIn(word);
  if (distribution === undefined) throw new BadRequest(`Unsupported ${name}`);
  return transports[distribution];
};

/** What was asked for, beside its dates. */
export type Asked = Pick<
  ThingSpaceCampaign,
  'api' | 'kind' | 'name' | 'from' | 'to' | 'asked' | 'transport'
> &
  Partial<Pick<ThingSpaceCampaign, 'campaignName' | 'autoAssignLicense' | 'autoAddDevices'>>;

const notFound = {
  firmware: 'Firmware not found',
  software: 'Software not found',
  file: 'File not found',
} as const;

/** Finds what is to be brought, and takes the campaign on. Throws `BadRequest` for what this wire knows to be wrong. */
export const takeOn = async (
  deps: ThingSpaceDeps,
  caller: Caller,
  asked: Asked,
  dates: ThingSpaceDates,
  deviceList: readonly string[],
): Promise<Result<Scheduled & { readonly deviceIds: readonly string[] }, Refusal>> => {
  const deviceIds = deviceIdsIn(deviceList);
  const pack = await resolvePackage(deps, caller, asked, deviceIds);
  if (pack === undefined) throw new BadRequest(notFound[asked.kind]);
  const facts: ThingSpaceCampaign = {
    ...{ campaignName: '', autoAssignLicense: false, autoAddDevices: false },
    ...asked,
    ...dates,
    from: asked.from === '' ? pack.fromVersion : asked.from,
    to: asked.to === '' ? pack.version : asked.to,
    make: pack.make,
    model: pack.model,
  };
  const result = await schedule(deps, caller, facts, pack, deviceIds);
  deps.wake();
  return result.ok ? { ok: true, value: { ...result.value, deviceIds } } : result;
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id of a campaign in the path. Throws `BadRequest` for what cannot be one (reference 4). */
export const campaignIdIn = (text: string | undefined, message = 'Invalid uuid'): string => {
  if (text === undefined || !uuid.test(text)) throw new BadRequest(message);
  return text.toLowerCase();
};

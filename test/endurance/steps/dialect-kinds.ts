import { at, listAll } from '../kill/load.ts';
import { api, done, eventsOf, get, idOf, type Kind, newDevice, type Stage, trialOf } from './kind.ts';

const named = async ({ wire }: Stage, path: string, name: string): Promise<number> => {
  const items = await listAll(wire, path);
  return items.filter((one) => at(one, 'name') === name).length;
};

const pulseDevice: Kind = {
  name: 'Pulse device',
  prepare: async (stage, name) => {
    const where = encodeURIComponent(`name = "${name}"`);
    const effects = () => named(stage, `${api}/devices?where=${where}`, name);
    return trialOf(stage, { method: 'POST', path: '/api/devices', body: { name } }, effects, {
      mayDouble: true,
    });
  },
};

const pulseProperties: Kind = {
  name: 'Pulse properties',
  prepare: async (stage, name) => {
    const id = idOf(await done(stage, { method: 'POST', path: '/api/devices', body: { name } }));
    const body = { upsert: [{ name: 'site', value: 'Lyon' }] };
    const effects = async () =>
      at(await get(stage, `${api}/devices/${id}`), 'attributes', 'site') === 'Lyon' ? 1 : 0;
    return trialOf(stage, { method: 'POST', path: `/api/devices/${id}/custom-properties`, body }, effects);
  },
};

const pulseCampaign: Kind = {
  name: 'Pulse campaign',
  prepare: async (stage, name) => {
    const body = { name, packages: [stage.pack] };
    const effects = () => named(stage, `${api}/campaigns?text=${name}`, name);
    return trialOf(stage, { method: 'POST', path: '/api/campaigns', body }, effects, { mayDouble: true });
  },
};

const newPulseCampaign = async (stage: Stage, name: string): Promise<string> => {
  const body = { name, packages: [stage.pack] };
  return `${at(await done(stage, { method: 'POST', path: '/api/campaigns', body }), 'uuid')}`;
};

const pulseGateways: Kind = {
  name: 'Pulse gateways',
  prepare: async (stage, name) => {
    await newDevice(stage, name, { protocol: 'gateway' });
    const id = await newPulseCampaign(stage, name);
    const body = { gatewayIds: [name] };
    const effects = async () => Number(at(await get(stage, `${api}/campaigns/${id}/counts`), 'total'));
    return trialOf(stage, { method: 'POST', path: `/api/campaigns/${id}/devices`, body }, effects);
  },
};

const pulseStart: Kind = {
  name: 'Pulse start',
  prepare: async (stage, name) => {
    await newDevice(stage, name, { protocol: 'gateway' });
    const id = await newPulseCampaign(stage, name);
    const body = { gatewayIds: [name] };
    await done(stage, { method: 'POST', path: `/api/campaigns/${id}/devices`, body });
    const effects = () => eventsOf(stage, `${api}/campaigns/${id}`, 'campaign-started');
    const message = { method: 'PUT', path: `/api/campaigns/${id}/start`, body: {} } as const;
    return trialOf(stage, message, effects, { doneBefore: [400] });
  },
};

const DAY = 86_400_000;
const dayIn = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const software = { name: 'module', version: '2.0', fromVersion: '1.0', make: 'Verizon', model: 'Model-A' };

const thingspaceHeaders = ({ token }: Stage) => ({ authorization: `Bearer ${token}`, 'vz-m2m-token': token });
const thingspaceBase = ({ account }: Stage): string => `/api/fota/v2/campaigns/${account}`;

const scheduling = async (stage: Stage, name: string) => {
  const { make, model } = software;
  const path = `${api}/packages?${new URLSearchParams({ ...software, kind: 'software' })}`;
  await stage.wire.insist({ method: 'POST', path, body: Buffer.from('software of modules') });
  await newDevice(stage, name, { make, model, versions: { firmware: software.fromVersion } });
  const body = {
    ...{ campaignName: name, softwareName: software.name, distributionType: 'HTTP' },
    ...{ softwareFrom: software.fromVersion, softwareTo: software.version },
    ...{ startDate: dayIn(2), endDate: dayIn(3), deviceList: [name] },
  };
  return { method: 'POST', path: thingspaceBase(stage), headers: thingspaceHeaders(stage), body } as const;
};

const thingspaceCampaign: Kind = {
  name: 'ThingSpace campaign',
  prepare: async (stage, name) => {
    const effects = () => named(stage, `${api}/campaigns?text=${name}`, name);
    return trialOf(stage, await scheduling(stage, name), effects, { mayDouble: true });
  },
};

const thingspaceDates: Kind = {
  name: 'ThingSpace dates',
  prepare: async (stage, name) => {
    const path = `${thingspaceBase(stage)}/${idOf(await done(stage, await scheduling(stage, name)))}`;
    const headers = thingspaceHeaders(stage);
    const body = { startDate: dayIn(2), endDate: dayIn(5) };
    const effects = async () => {
      const found = await done(stage, { method: 'GET', path, headers });
      return at(found, 'endDate') === body.endDate ? 1 : 0;
    };
    return trialOf(stage, { method: 'PUT', path: `${path}/dates`, headers, body }, effects);
  },
};

const thingspaceCancel: Kind = {
  name: 'ThingSpace cancel',
  prepare: async (stage, name) => {
    const id = idOf(await done(stage, await scheduling(stage, name)));
    const path = `${thingspaceBase(stage)}/${id}`;
    const effects = () => eventsOf(stage, `${api}/campaigns/${id}`, 'campaign-cancelled');
    return trialOf(stage, { method: 'DELETE', path, headers: thingspaceHeaders(stage) }, effects);
  },
};

/** Requests of the other dialects. */
export const dialectKinds: readonly Kind[] = [
  ...[pulseDevice, pulseProperties, pulseCampaign, pulseGateways, pulseStart],
  ...[thingspaceCampaign, thingspaceDates, thingspaceCancel],
];

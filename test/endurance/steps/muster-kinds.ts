import { createHash } from 'node:crypto';
import { at, listAll } from '../kill/load.ts';
import { api, done, eventsOf, get, type Kind, newCampaign, newDevice, type Stage, trialOf } from './kind.ts';

const registrations = async (stage: Stage, id: string): Promise<number> => {
  const path = `${api}/devices/${id}`;
  return (await get(stage, path)) === undefined ? 0 : eventsOf(stage, path, 'device-registered');
};

const named = async ({ wire }: Stage, path: string, name: string): Promise<number> =>
  (await listAll(wire, `${path}?text=${name}`)).length;

const creation = (name: string, headersOf: (id: string) => Readonly<Record<string, string>>): Kind => ({
  name,
  prepare: async (stage, id) => {
    const message = { method: 'POST', path: `${api}/devices`, headers: headersOf(id), body: { id } } as const;
    return trialOf(stage, message, () => registrations(stage, id), { doneBefore: [409] });
  },
});

const command = (verb: string, status: string, event: string, isStarted: boolean): Kind => ({
  name: `${verb} a campaign`,
  prepare: async (stage, id) => {
    await newDevice(stage, id);
    const path = await newCampaign(stage, id, { device: id, isStarted });
    const message = {
      method: 'POST',
      path: `${path}/${verb}${verb === 'start' ? '?confirm=true' : ''}`,
      body: {},
    } as const;
    const effects = async () => {
      const times = await eventsOf(stage, path, event);
      const is = at(await get(stage, path), 'status');
      // One without the other is half of it.
      return (is === status) === times > 0 ? times : Number.NaN;
    };
    return trialOf(stage, message, effects, { doneBefore: [409] });
  },
});

const upload: Kind = {
  name: 'upload a package',
  prepare: async (stage, id) => {
    const bytes = Buffer.alloc(200_000, id);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = `${api}/packages?${new URLSearchParams({ name: id, version: '1', kind: 'firmware' })}`;
    const effects = async () => {
      const packages = await listAll(stage.wire, `${api}/packages?text=${id}`);
      for (const pack of packages) {
        const reply = await stage.wire.insist({
          method: 'GET',
          path: `${api}/packages/${at(pack, 'id')}/bytes`,
        });
        if (createHash('sha256').update(reply.bytes).digest('hex') !== sha256) return Number.NaN;
      }
      return packages.length;
    };
    return trialOf(stage, { method: 'POST', path, body: bytes }, effects, { doneBefore: [409] });
  },
};

/** Of devices that are told in lines each stands alone. */
const importing: Kind = {
  name: 'import devices',
  prepare: async (stage, id) => {
    const ids = [0, 1, 2].map((index) => `${id}-${index}`);
    const body = Buffer.from(ids.map((one) => JSON.stringify({ id: one, name: id })).join('\n'));
    const headers = { 'content-type': 'application/x-ndjson' };
    const effects = async () => {
      const found = await Promise.all(ids.map((one) => get(stage, `${api}/devices/${one}`)));
      return found.filter((device) => at(device, 'name') === id).length / ids.length;
    };
    return trialOf(stage, { method: 'POST', path: `${api}/devices/import`, headers, body }, effects);
  },
};

const edit: Kind = {
  name: 'edit a device',
  prepare: async (stage, id) => {
    await newDevice(stage, id);
    const path = `${api}/devices/${id}`;
    const message = { method: 'PATCH', path, body: { attributes: { site: 'Kiel' } } } as const;
    const effects = async () => {
      const times = await eventsOf(stage, path, 'device-changed');
      return (at(await get(stage, path), 'attributes', 'site') === 'Kiel') === times > 0 ? times : Number.NaN;
    };
    return trialOf(stage, message, effects, { mayDouble: true });
  },
};

const removal: Kind = {
  name: 'delete a device',
  prepare: async (stage, id) => {
    await newDevice(stage, id);
    const path = `${api}/devices/${id}`;
    const effects = async () => ((await get(stage, path)) === undefined ? 1 : 0);
    return trialOf(stage, { method: 'DELETE', path }, effects, { doneBefore: [404] });
  },
};

const campaignCreation: Kind = {
  name: 'create a campaign by a key',
  prepare: async (stage, id) => {
    const body = { name: id, packages: [stage.pack] };
    const headers = { 'idempotency-key': id };
    const message = { method: 'POST', path: `${api}/campaigns`, headers, body } as const;
    return trialOf(stage, message, () => named(stage, `${api}/campaigns`, id));
  },
};

const joining: Kind = {
  name: 'add a device to a campaign',
  prepare: async (stage, id) => {
    await newDevice(stage, id);
    const path = await newCampaign(stage, id);
    const effects = async () => Number(at(await get(stage, `${path}/counts`), 'total'));
    return trialOf(stage, { method: 'POST', path: `${path}/devices`, body: { devices: [id] } }, effects);
  },
};

const joiningByQuery: Kind = {
  name: 'add devices by a query',
  prepare: async (stage, id) => {
    await newDevice(stage, id, { tags: [id] });
    const path = await newCampaign(stage, id, { isStarted: true });
    const body = { expression: `tag = "${id}"` };
    // A job of a request that had no answer may have been made; the device is there once all the same.
    const effects = async () => {
      const { items = [] } = ((await get(stage, `${path}/jobs`)) ?? {}) as {
        readonly items?: readonly unknown[];
      };
      return items.length;
    };
    const message = { method: 'POST', path: `${path}/devices/query`, body } as const;
    return trialOf(stage, message, effects, { mayDouble: true });
  },
};

const checkIn: Kind = {
  name: 'check in',
  prepare: async (stage, id) => {
    await newDevice(stage, id);
    const path = await newCampaign(stage, id, { device: id, isStarted: true });
    const message = { method: 'POST', path: `${api}/devices/${id}/check-in`, body: {} } as const;
    return trialOf(stage, message, () => eventsOf(stage, `${path}/devices/${id}`, 'update-packages-set'));
  },
};

const report: Kind = {
  name: 'report for a device',
  prepare: async (stage, id) => {
    await newDevice(stage, id);
    const path = await newCampaign(stage, id, { device: id, isStarted: true });
    await done(stage, { method: 'POST', path: `${api}/devices/${id}/check-in`, body: {} });
    const member = `${path}/devices/${id}`;
    const body = { phase: 'activation', step: 'complete' };
    const effects = async () => {
      const times = await eventsOf(stage, member, 'update-closed');
      return (at(await get(stage, member), 'outcome') === 'succeeded') === times > 0 ? times : Number.NaN;
    };
    return trialOf(stage, { method: 'POST', path: `${member}/reports`, body }, effects);
  },
};

const subscription: Kind = {
  name: 'create a destination',
  prepare: async (stage, id) => {
    const body = { name: id, url: 'http://127.0.0.1:9/' };
    const message = { method: 'POST', path: `${api}/destinations`, body } as const;
    const effects = async () => {
      const all = await listAll(stage.wire, `${api}/destinations`);
      return all.filter((one) => at(one, 'name') === id).length;
    };
    return trialOf(stage, message, effects, { doneBefore: [409], mayDouble: true });
  },
};

/** Requests of the Muster API. */
export const musterKinds: readonly Kind[] = [
  creation('create a device', () => ({})),
  creation('create a device by a key', (id) => ({ 'idempotency-key': id })),
  ...[edit, removal, importing, upload, campaignCreation, joining, joiningByQuery],
  command('start', 'running', 'campaign-started', false),
  command('pause', 'paused', 'campaign-paused', true),
  command('stop', 'stopped', 'campaign-stopped', true),
  command('cancel', 'cancelled', 'campaign-cancelled', true),
  ...[checkIn, report, subscription],
];

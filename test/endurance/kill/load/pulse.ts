import { checkSumsOf, manifestOf } from '../../../support/iotcp.ts';
import { zip } from '../../../support/zip.ts';
import { at, type Deps, type Load, listAll, write } from '../load.ts';

/** Names that may be there more than once only where an answer was missing. */
type Named = { readonly name: string; readonly doubts: number };

const archive = (name: string): Buffer => {
  const parts = [manifestOf({ NAME: name }), { name: 'data/execute.sh', content: '#!/bin/sh\nexit 0\n' }];
  return Buffer.from(zip([...parts, checkSumsOf(parts)]));
};

/** Operators of the Pulse API: gateways with properties, programs, and campaigns that are started and stopped. */
export const pulseLoad = (deps: Deps, count: number): Load => {
  const { wire, ledger, prefix } = deps;
  const gateways = new Map<string, Named & { readonly site: string }>();
  const campaigns = new Map<string, Named & { state: string; readonly gateway: string }>();

  const register = async (name: string): Promise<string> => {
    const { body, doubts } = await write(deps, 'Pulse device', {
      ...{ method: 'POST', path: '/api/devices', body: { name } },
    });
    const id = `${at(body, 'id')}`;
    const upsert = [{ name: 'site', value: `site of ${name}` }];
    const path = `/api/devices/${id}/custom-properties`;
    await write(deps, 'Pulse properties', { method: 'POST', path, body: { upsert } });
    gateways.set(id, { name, doubts, site: `site of ${name}` });
    return id;
  };

  const upload = async (name: string): Promise<string> => {
    const headers = {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${name}.iotcp"`,
    };
    const message = { method: 'POST', path: '/api/programs/', headers, body: archive(name) } as const;
    const { status, body } = await write(deps, 'Pulse program', message, [409]);
    if (status < 300) return `${at(body, 'uuid')}`;
    const [found] = await listAll(wire, `/api/v1/packages?text=${name}`);
    return `${at(found, 'id')}`;
  };

  const command = async (id: string, verb: 'start' | 'stop', state: string): Promise<void> => {
    await write(
      deps,
      'Pulse command',
      { method: 'PUT', path: `/api/campaigns/${id}/${verb}`, body: {} },
      [400],
    );
    Object.assign(campaigns.get(id) ?? {}, { state });
  };

  const actor = (number: number) => async (round: number) => {
    const name = `${prefix}-pulse-${number}-${round}`;
    const gateway = await register(name);
    const body = { name, packages: [await upload(name)] };
    const made = await write(deps, 'Pulse campaign', { method: 'POST', path: '/api/campaigns', body });
    const id = `${at(made.body, 'uuid')}`;
    campaigns.set(id, { name, doubts: made.doubts, state: 'draft', gateway });
    const path = `/api/campaigns/${id}/devices`;
    await write(deps, 'Pulse gateway', { method: 'POST', path, body: { gatewayIds: [gateway] } });
    await command(id, 'start', 'running');
    await command(id, 'stop', 'stopped');
  };

  const countNames = (listed: readonly unknown[]): ReadonlyMap<unknown, number> => {
    const counts = new Map<unknown, number>();
    for (const one of listed) counts.set(at(one, 'name'), (counts.get(at(one, 'name')) ?? 0) + 1);
    return counts;
  };

  const checkNames = (listed: readonly unknown[], made: Iterable<Named>): void => {
    const counts = countNames(listed);
    for (const { name, doubts } of made) {
      const there = counts.get(name) ?? 0;
      if (there > 1 + doubts) ledger.flaw('doubled', `${there} of ${name} with ${doubts} doubts`);
    }
  };

  return {
    actors: Array.from({ length: count }, (_, number) => actor(number)),
    audit: async () => {
      const where = encodeURIComponent(`name contains "${prefix}-pulse-"`);
      const devices = await listAll(wire, `/api/v1/devices?where=${where}`);
      const byId = new Map(devices.map((device) => [at(device, 'id'), device]));
      for (const [id, { name, site }] of gateways)
        if (at(byId.get(id), 'attributes', 'site') !== site)
          ledger.flaw('lost', `gateway ${name} with its site`);
      checkNames(devices, gateways.values());
      const listed = await listAll(wire, `/api/v1/campaigns?text=${prefix}-pulse-`);
      const statuses = new Map(listed.map((one) => [at(one, 'id'), at(one, 'status')]));
      for (const [id, { name, state }] of campaigns)
        if (statuses.get(id) !== state)
          ledger.flaw('lost', `${name} is ${statuses.get(id)}; expected ${state}`);
      checkNames(listed, campaigns.values());
    },
  };
};

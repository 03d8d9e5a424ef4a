import { at, type Deps, type Load, listAll, write } from '../load.ts';

/** Where an earlier one without an answer has its device already, the campaign fails: then only its name is known. */
type Known = { readonly name: string; readonly doubts: number; status: string | undefined; endDate: string };

const DAY = 86_400_000;
const dayIn = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

const software = { name: 'module', version: '2.0', fromVersion: '1.0', make: 'Verizon', model: 'Model-A' };

/** The software that is there before anybody schedules a campaign. */
export const prepareThingSpace = async ({ wire }: Deps): Promise<void> => {
  const path = `/api/v1/packages?${new URLSearchParams({ ...software, kind: 'software' })}`;
  await wire.insist({ method: 'POST', path, body: Buffer.from('software of modules') });
};

/** Operators of the ThingSpace API: campaigns that are scheduled, moved and cancelled before they begin. */
export const thingspaceLoad = (deps: Deps, account: string, token: string, count: number): Load => {
  const { wire, ledger, prefix } = deps;
  const campaigns = new Map<string, Known>();
  const headers = { authorization: `Bearer ${token}`, 'vz-m2m-token': token };
  const base = `/api/fota/v2/campaigns/${account}`;

  /** One for each campaign: it may be in one that was made without anybody having heard of it. */
  const addDevice = async (id: string): Promise<void> => {
    const { make, model } = software;
    const body = { id, make, model, versions: { firmware: software.fromVersion } };
    await write(deps, 'device', { method: 'POST', path: '/api/v1/devices', body }, [409]);
  };

  const schedule = async (name: string): Promise<string> => {
    await addDevice(name);
    const body = {
      ...{ campaignName: name, softwareName: software.name, distributionType: 'HTTP' },
      ...{ softwareFrom: software.fromVersion, softwareTo: software.version },
      ...{ startDate: dayIn(2), endDate: dayIn(3), deviceList: [name] },
    };
    const message = { method: 'POST', path: base, headers, body } as const;
    const made = await write(deps, 'ThingSpace campaign', message);
    const id = `${at(made.body, 'id')}`;
    const status = made.doubts === 0 ? 'scheduled' : undefined;
    campaigns.set(id, { name, doubts: made.doubts, status, endDate: dayIn(3) });
    return id;
  };

  const move = async (id: string, days: number): Promise<void> => {
    const body = { startDate: dayIn(2), endDate: dayIn(days) };
    await write(deps, 'ThingSpace dates', { method: 'PUT', path: `${base}/${id}/dates`, headers, body });
    Object.assign(campaigns.get(id) ?? {}, { endDate: dayIn(days) });
  };

  const cancel = async (id: string): Promise<void> => {
    await write(deps, 'ThingSpace cancel', { method: 'DELETE', path: `${base}/${id}`, headers }, [400]);
    Object.assign(campaigns.get(id) ?? {}, { status: 'cancelled' });
  };

  const actor = (number: number) => async (round: number) => {
    const id = await schedule(`${prefix}-module-${number}-${round}`);
    if (campaigns.get(id)?.status === undefined) return;
    for (const days of [4, 5, 6]) await move(id, days);
    const { body } = await wire.insist({ method: 'GET', path: `${base}/${id}`, headers });
    const { endDate } = campaigns.get(id) ?? {};
    if (at(body, 'endDate') !== endDate)
      ledger.flaw('lost', `${id} ends ${at(body, 'endDate')}; expected ${endDate}`);
    await cancel(id);
  };

  return {
    actors: Array.from({ length: count }, (_, number) => actor(number)),
    audit: async () => {
      const listed = await listAll(wire, `/api/v1/campaigns?text=${prefix}-module-`);
      const found = new Map(listed.map((one) => [at(one, 'id'), one]));
      for (const [id, { name, doubts, status }] of campaigns) {
        const is = at(found.get(id), 'status');
        if (is === undefined || (status !== undefined && is !== status))
          ledger.flaw('lost', `${name} is ${is}; expected ${status}`);
        const same = listed.filter((one) => at(one, 'name') === name).length;
        if (same > 1 + doubts) ledger.flaw('doubled', `${same} of ${name} with ${doubts} doubts`);
      }
    },
  };
};

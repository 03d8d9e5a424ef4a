import { createHash, randomBytes } from 'node:crypto';
import { at, type Deps, type Load, listAll, write } from '../load.ts';

const api = '/api/v1';
const LARGEST = 200_000;

/** What is known of a campaign by what was acknowledged. */
type Known = {
  readonly id: string;
  readonly name: string;
  readonly events: Map<string, number>;
  status: string;
};
type Packed = { readonly id: string; readonly sha256: string };

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What commands do, and the event that is to be there once for each. */
const commands = [
  ['start', 'running', 'campaign-started'],
  ['pause', 'paused', 'campaign-paused'],
  ['resume', 'running', 'campaign-resumed'],
  ['stop', 'stopped', 'campaign-stopped'],
  ['start', 'running', 'campaign-started'],
  ['cancel', 'cancelled', 'campaign-cancelled'],
] as const;

/** Operators of the Muster API: they upload, make campaigns, bring devices in and command them. */
export const campaignLoad = (deps: Deps, count: number): Load => {
  const { wire, ledger, prefix, random } = deps;
  const campaigns: Known[] = [];
  const packages: Packed[] = [];
  let unverified = 0;

  const upload = async (name: string): Promise<string> => {
    const bytes = randomBytes(1 + Math.floor(random() * LARGEST));
    const path = `${api}/packages?${new URLSearchParams({ name, version: '1', fileName: `${name}.bin` })}`;
    const headers = { 'idempotency-key': `package ${name}` };
    const { body } = await write(deps, 'package', { method: 'POST', path, headers, body: bytes });
    const pack = { id: `${at(body, 'id')}`, sha256: sha256(bytes) };
    packages.push(pack);
    return pack.id;
  };

  const create = async (name: string, pack: string): Promise<Known> => {
    const headers = { 'idempotency-key': `campaign ${name}` };
    const body = { name, packages: [pack], target: { by: 'hand' } };
    const once = { method: 'POST', path: `${api}/campaigns`, headers, body } as const;
    const made = await write(deps, 'campaign', once);
    const again = await wire.insist(once);
    const [id, other] = [made, again].map((reply) => at(reply.body, 'id'));
    if (id !== other) ledger.flaw('doubled', `campaign ${name} is ${id} and ${other}`);
    const campaign = { id: `${id}`, name, events: new Map([['campaign-created', 1]]), status: 'draft' };
    campaigns.push(campaign);
    return campaign;
  };

  const join = async ({ id }: Known, name: string): Promise<void> => {
    const devices = [0, 1, 2].map((index) => `${name}-${index}`);
    for (const device of devices) {
      const body = { id: device, protocol: 'custom' };
      await write(deps, 'device', { method: 'POST', path: `${api}/devices`, body }, [409]);
    }
    const path = `${api}/campaigns/${id}/devices`;
    await write(deps, 'device into campaign', { method: 'POST', path, body: { devices } });
    const { body } = await wire.insist({ method: 'GET', path: `${api}/campaigns/${id}/counts` });
    if (at(body, 'total') !== 3) ledger.flaw('wrong', `${name} has ${at(body, 'total')} of 3 devices`);
  };

  /** A campaign that is where a command leads already refuses it: then one without an answer had done it. */
  const command = async (
    campaign: Known,
    [verb, status, event]: (typeof commands)[number],
  ): Promise<void> => {
    const path = `${api}/campaigns/${campaign.id}/${verb}${verb === 'start' ? '?confirm=true' : ''}`;
    await write(deps, 'campaign command', { method: 'POST', path, body: {} }, [409]);
    campaign.status = status;
    campaign.events.set(event, (campaign.events.get(event) ?? 0) + 1);
  };

  const actor = (number: number) => async (round: number) => {
    const name = `${prefix}-campaign-${number}-${round}`;
    const campaign = await create(name, await upload(name));
    await join(campaign, name);
    for (const one of commands) await command(campaign, one);
    await checkEvents(campaign);
  };

  const checkEvents = async ({ id, name, events }: Known): Promise<void> => {
    const types = [...events.keys()].map((type) => `types=${type}`).join('&');
    const found = await listAll(wire, `${api}/campaigns/${id}/events?${types}`);
    for (const [type, times] of events) {
      const noted = found.filter((event) => at(event, 'type') === type).length;
      if (noted !== times)
        ledger.flaw(noted < times ? 'lost' : 'doubled', `${name}: ${type} ${times} times, noted ${noted}`);
    }
  };

  const checkBytes = async ({ id, sha256: expected }: Packed): Promise<void> => {
    const { status, bytes } = await wire.insist({ method: 'GET', path: `${api}/packages/${id}/bytes` });
    if (status !== 200 || sha256(bytes) !== expected) ledger.flaw('lost', `the bytes of ${id}: ${status}`);
  };

  const checkStatuses = async (): Promise<void> => {
    const listed = await listAll(wire, `${api}/campaigns?text=${prefix}-campaign`);
    const named = new Map<unknown, unknown[]>();
    for (const one of listed) named.set(at(one, 'name'), [...(named.get(at(one, 'name')) ?? []), one]);
    for (const { name, status } of campaigns) {
      const found = named.get(name) ?? [];
      const [one] = found;
      if (found.length > 1) ledger.flaw('doubled', `there are ${found.length} of ${name}`);
      if (at(one, 'status') !== status)
        ledger.flaw('lost', `${name} is ${at(one, 'status')}; expected ${status}`);
    }
  };

  return {
    actors: Array.from({ length: count }, (_, number) => actor(number)),
    audit: async () => {
      await checkStatuses();
      // Those of earlier audits are read again by the doctor at the end.
      for (const pack of packages.slice(unverified)) await checkBytes(pack);
      unverified = packages.length;
    },
  };
};

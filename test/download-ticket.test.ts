import { beforeEach, describe, expect, it } from 'vitest';
import { mintTicket, openTicket, type TicketFor, ticketPath } from '../src/app/download-ticket.ts';
import { closeDevice, recallDevice } from '../src/app/members.ts';
import type { StoredCampaign, StoredDevice, StoredPackage } from '../src/app/records.ts';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../src/domain/ids.ts';
import { HOUR } from '../src/domain/time.ts';
import { createSealing } from '../src/server/sealing.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { putPackage } from './support/tickets.ts';

type Deps = Parameters<typeof openTicket>[0];

let fleet: Fleet;
let deps: Deps;
let campaign: StoredCampaign;
let device: StoredDevice;
let pack: StoredPackage;
let ticket: TicketFor;

beforeEach(async () => {
  fleet = await newFleet();
  deps = { ...fleet.deps, blobs: openMemoryBlobs() };
  pack = await putPackage(fleet, deps.blobs, Buffer.from('new firmware'));
  ({ campaign, device } = await fleet.launch({ packages: [pack.id] }, { protocol: 'lwm2m' }));
  expect((await fleet.contact(device))?.due).toBe('download');
  const { generation } = await fleet.updateOf(campaign, device);
  ticket = {
    ...{ account: fleet.operator.account.key, campaign: campaign.key, device: device.key, generation },
    ...{ packageIndex: 0, expiresAt: fleet.deps.clock() + HOUR },
  };
});

const mint = (change: Partial<TicketFor> = {}) => mintTicket(deps, { ...ticket, ...change });
const open = (text: string) => openTicket(deps, text);
const at = () => ({ campaign: campaign.id, device: device.id });
const opens = async (text: string) => (await open(text)).ok;
const unknown = { ok: false, refusal: { code: 'not-found', entity: 'package', id: '' } };

describe('a ticket', () => {
  it('opens the package for the device that it speaks for', async () => {
    const opened = granted(await open(mint()));
    expect(opened.pack.id).toBe(pack.id);
    expect(opened.member).toMatchObject({ campaign: { id: campaign.id }, device: { id: device.id } });
    expect(opened.speaker.actor).toEqual({ kind: 'device', id: device.id, wire: 'lwm2m' });
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.opened.open()) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('new firmware');
  });

  it('is short, fits into a path, and is the same again', () => {
    expect(mint()).toMatch(/^[A-Za-z0-9_-]{30,48}$/);
    expect(mint()).toBe(mint());
    const large = 2_147_483_647;
    const longest = mint({
      ...{ account: large as AccountKey, campaign: large as CampaignKey, device: large as DeviceKey },
      ...{ generation: large, packageIndex: 99, expiresAt: 4_102_444_800_000 },
    });
    expect(longest.length).toBeLessThanOrEqual(60);
    expect(ticketPath(longest, 'x'.repeat(500)).length).toBeLessThanOrEqual(120);
  });

  it('is over when its time is', async () => {
    const text = mint();
    fleet.pass(HOUR - 1);
    expect(await opens(text)).toBe(true);
    fleet.pass(1);
    expect(await open(text)).toEqual(unknown);
  });

  it('is none when a character of it is another', async () => {
    const text = mint();
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      const forged = text.slice(0, at) + other + text.slice(at + 1);
      const [bytes, before] = [Buffer.from(forged, 'base64url'), Buffer.from(text, 'base64url')];
      // The last character may hold bits that are no part of the bytes.
      if (!bytes.equals(before)) expect(await open(forged)).toEqual(unknown);
    }
  });

  it.each([
    '',
    'A',
    'A'.repeat(22),
    'A'.repeat(40),
    'A'.repeat(5_000),
    '../..',
    'ä'.repeat(40),
    'A A',
    '%00',
  ])('is none when it is %j', async (text) => {
    expect(await open(text)).toEqual(unknown);
  });

  it('is signed by the key of this server', async () => {
    const sealing = createSealing([new Uint8Array(32).fill(8)]);
    expect(await open(mintTicket({ ...deps, sealing }, ticket))).toEqual(unknown);
  });

  it.each<[string, (given: TicketFor) => Partial<TicketFor>]>([
    ['device', ({ device: key }) => ({ device: (key + 1) as DeviceKey })],
    ['campaign', ({ campaign: key }) => ({ campaign: (key + 1) as CampaignKey })],
    ['account', ({ account: key }) => ({ account: (key + 1) as AccountKey })],
    ['journey', ({ generation }) => ({ generation: generation + 1 })],
    ['package', () => ({ packageIndex: 1 })],
  ])('of another %s opens nothing', async (_, change) => {
    expect(await open(mint(change(ticket)))).toEqual(unknown);
  });

  it('opens nothing for a device that was not told to begin', async () => {
    const late = await fleet.world.addDevice({ protocol: 'lwm2m' });
    await fleet.world.join(campaign, [late]);
    const text = mint({ device: late.key });
    expect(await open(text)).toEqual(unknown);
    await fleet.contact(late);
    expect(await opens(text)).toBe(true);
  });

  it('still opens after the download, for a device that lost what it fetched', async () => {
    for (const step of ['running', 'complete'] as const)
      granted(await fleet.says(campaign, device, { type: 'progress', phase: 'download', step }));
    expect(await opens(mint())).toBe(true);
  });

  it('opens nothing once the update is closed', async () => {
    granted(await closeDevice(fleet.deps, fleet.operator, at(), ''));
    expect(await open(mint())).toEqual(unknown);
  });

  it('opens nothing once the device was asked to stop', async () => {
    const before = must(await fleet.store.devices.get(ticket.account, device.key));
    // Only devices of some protocols are asked.
    await fleet.world.write({ save: 'device', was: before, value: { ...before, protocol: 'ddi' } });
    expect(await opens(mint())).toBe(true);
    granted(await recallDevice(fleet.deps, fleet.operator, at(), ''));
    expect((await fleet.updateOf(campaign, device)).status).toBe('open');
    expect(await open(mint())).toEqual(unknown);
  });

  it('opens nothing in the next journey, which has tickets of its own', async () => {
    granted(await closeDevice(fleet.deps, fleet.operator, at(), ''));
    await fleet.world.join(campaign, [device], true);
    await fleet.contact(device);
    const { generation, position } = await fleet.updateOf(campaign, device);
    expect(position).toMatch(/^download-(ready|running)$/);
    expect(await open(mint())).toEqual(unknown);
    expect(await opens(mint({ generation }))).toBe(true);
  });

  it('opens nothing once its device is gone', async () => {
    const was = must(await fleet.store.devices.get(ticket.account, device.key));
    await fleet.world.write({ drop: 'device', was });
    expect(await open(mint())).toEqual(unknown);
  });
});

describe('the path of a ticket', () => {
  it.each([
    ['tcu-1.3.0.bin', 'tcu-1.3.0.bin'],
    ['../../etc/passwd', 'passwd'],
    ['Größe & Co.swu', 'Gr-e-Co.swu'],
    [`${'a'.repeat(100)}.hex`, `${'a'.repeat(36)}.hex`],
    ['.hidden', 'hidden'],
    ['東京', 'package'],
    ['', 'package'],
  ])('ends with a harmless name: %j', (fileName, name) => {
    expect(ticketPath('TICKET', fileName)).toBe(`/dl/TICKET/${name}`);
  });
});

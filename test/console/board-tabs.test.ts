import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client } from '../../src/client/muster.ts';
import {
  barriersOf,
  hasBrowser,
  keepPicture,
  overflowOf,
  PATIENCE,
  SOON,
  type Stage,
  startStage,
  type Width,
} from '../support/browser.ts';
import { type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const widths: readonly Width[] = [1280, 390];

/** A campaign with devices in three time zones, that are installed on at night. */
const startAtNight = async (client: Client): Promise<string> => {
  const zones = [
    'Asia/Tokyo',
    'Asia/Tokyo',
    'Asia/Tokyo',
    'Europe/Lisbon',
    'Europe/Lisbon',
    'America/Chicago',
  ];
  for (const [n, timeZone] of zones.entries()) {
    await client.createDevice({ body: { id: `zone-${n}`, protocol: 'custom', timeZone, tags: ['zones'] } });
  }
  const { items } = await client.listPackages({});
  const night = { from: '22:00', to: '05:30', zone: 'device' } as const;
  const { id } = await client.createCampaign({
    body: {
      name: 'At night',
      packages: items.slice(0, 1).map((pack) => pack.id),
      target: { by: 'query', expression: 'tag = zones', reevaluateSeconds: 0 },
      install: { notBefore: null, windows: [{ ...night, days: ['mon', 'tue', 'wed', 'thu', 'sun'] }] },
    },
  });
  await client.startCampaign({ params: { campaign: id } });
  await vi.waitFor(
    async () => expect((await client.countUpdates({ params: { campaign: id } })).total).toBe(zones.length),
    SOON,
  );
  return id;
};

describe.runIf(hasBrowser())('the board of a campaign', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  let atNight: string;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
    await world.client.createDestination({
      body: { name: 'Operations', url: 'https://hooks.example.com/ops' },
    });
    atNight = await startAtNight(world.client);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const look = async (page: Page, name: string): Promise<void> => {
    await keepPicture(page, name);
    expect(await barriersOf(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
  };

  it.each(widths)('shows at which hours updates ended, %i pixels wide', async (width) => {
    const { running, draft } = world.campaigns;
    const page = await stage.enter(`/campaigns/${running}?tab=hours`, width);
    await page.getByRole('figure', { name: /^When updates ended.* \d+ devices/ }).waitFor();
    await page.getByText('In UTC.').waitFor();
    await look(page, `campaign-hours-${width}`);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await barriersOf(page)).toEqual([]);
    await page.goto(`${stage.url}/campaigns/${draft}?tab=hours`);
    await page.getByText('No update has ended yet').waitFor();
    await page.context().close();
  });

  it.each(widths)('shows when devices of each time zone may begin, %i pixels wide', async (width) => {
    const page = await stage.enter(`/campaigns/${atNight}?tab=hours`, width);
    const table = page.getByRole('table', { name: /When installations may begin/ });
    await table.getByRole('row', { name: /^All 6/ }).waitFor();
    await table.getByRole('row', { name: /^Asia\/Tokyo 3/ }).waitFor();
    await table.getByRole('row', { name: /^America\/Chicago 1/ }).waitFor();
    expect(await table.getByText('at any hour').count()).toBe(0);
    await look(page, `campaign-zones-${width}`);
    await page.getByText('Download', { exact: true }).click();
    const downloads = page.getByRole('table', { name: /When downloads may begin/ });
    await expect.poll(() => downloads.getByText('at any hour').count(), SOON).toBe(4);
    await page.context().close();
  });

  it.each(widths)(
    'tells of its past page by page, and of some kinds of events, %i pixels wide',
    async (width) => {
      const page = await stage.enter(`/campaigns/${world.campaigns.running}?tab=timeline`, width);
      const items = page.getByRole('list', { name: 'What happened to the campaign' }).getByRole('listitem');
      await items.first().waitFor();
      await expect.poll(() => items.count(), SOON).toBe(60);
      await page.getByRole('button', { name: 'Show older' }).click();
      await expect.poll(() => items.count(), SOON).toBe(120);
      await page.getByRole('button', { name: 'Events' }).click();
      await page.getByRole('checkbox', { name: 'The campaign itself' }).check();
      await expect.poll(() => items.count(), SOON).toBe(2);
      await page.keyboard.press('Escape');
      expect(page.url()).toContain('kind=campaign');
      await look(page, `campaign-timeline-kinds-${width}`);
      await page.getByRole('button', { name: 'Show all' }).click();
      await expect.poll(() => items.count(), SOON).toBeGreaterThan(50);
      await page.context().close();
    },
  );

  it.each(widths)('has somebody told of it, and no longer, %i pixels wide', async (width) => {
    const { running } = world.campaigns;
    const page = await stage.enter(`/campaigns/${running}?tab=webhooks`, width);
    await page.getByText('Nobody is told of this campaign').waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole('combobox', { name: /Tell another destination/ }).click();
    await page.getByRole('option', { name: 'Operations' }).click();
    await page.getByRole('button', { name: 'Tell it' }).click();
    await page.getByRole('cell', { name: 'everything' }).waitFor();
    const { items } = await world.client.listSubscriptions({});
    expect(items).toMatchObject([{ campaign: running }]);
    await look(page, `campaign-webhooks-${width}`);
    await page.getByRole('button', { name: 'Do not tell Operations of this campaign any more' }).click();
    await page.getByText('Nobody is told of this campaign').waitFor();
    await expect.poll(async () => (await world.client.listSubscriptions({})).items, SOON).toEqual([]);
    await page.context().close();
  });

  it('has packages, rules and approvals, to each of which an address leads', async () => {
    const page = await stage.enter(`/campaigns/${world.campaigns.running}?tab=plan#approvals`);
    for (const name of ['Rules', 'Packages', 'Windows', 'Approvals', 'Authors'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    await page.getByRole('region', { name: 'Approvals' }).getByText('Nobody has to approve it').waitFor();
    await expect
      .poll(
        () => page.evaluate<number>('document.querySelector("#approvals").getBoundingClientRect().top'),
        SOON,
      )
      .toBeLessThan(860);
    await page
      .getByRole('region', { name: 'Packages' })
      .getByRole('link', { name: 'gateway-os 2.1.0' })
      .click();
    await page.waitForURL('**/packages/*');
    await page.context().close();
  });

  it('leads from each number to the devices behind it', async () => {
    const { running } = world.campaigns;
    const page = await stage.enter(`/campaigns/${running}`);
    const table = page.getByRole('table', { name: 'Devices of the campaign' });
    const expectRows = (many: number) =>
      expect.poll(() => table.getAttribute('aria-rowcount'), SOON).toBe(String(many + 1));
    const numberIn = async (link: Locator): Promise<number> =>
      Number(/\d+/.exec((await link.textContent()) ?? '')?.[0]);
    const banner = page.getByRole('main');
    for (const what of [/succeeded$/, /failed$/, /in progress$/, /waiting$/]) {
      const link = banner.getByRole('link', { name: what }).first();
      const many = await numberIn(link);
      expect(many).toBeGreaterThan(0);
      await link.click();
      await expectRows(many);
    }
    for (const what of ['succeeded', 'failed', 'let in under']) {
      const link = page.getByRole('link', { name: new RegExp(`devices ${what}.* the wave Canary$`) });
      const many = await numberIn(link);
      expect(many).toBeGreaterThan(0);
      await link.click();
      await page.getByText('Let in under wave 1', { exact: true }).waitFor();
      await expectRows(many);
    }
    await page.context().close();
  });

  it('leads from each thing that devices wait for to those that wait', async () => {
    const page = await stage.enter('/campaigns');
    const lines = page.getByRole('list', { name: 'What devices wait for' }).getByRole('listitem');
    const table = page.getByRole('table', { name: 'Devices of the campaign' });
    for (const campaign of [world.campaigns.running, atNight, world.campaigns.paused]) {
      const { reasons } = await world.client.getWaiting({ params: { campaign } });
      expect(reasons.length).toBeGreaterThan(0);
      await page.goto(`${stage.url}/campaigns/${campaign}`);
      await expect.poll(() => lines.count(), SOON).toBe(reasons.length);
      for (const [n, { rule, devices }] of reasons.entries()) {
        await lines.nth(n).getByText(String(devices), { exact: true }).waitFor();
        await lines.nth(n).getByRole('link').click();
        await page.waitForURL(`**waits=${rule}**`);
        const known = devices > 100 ? '-1' : String(devices + 1);
        await expect.poll(() => table.getAttribute('aria-rowcount'), SOON).toBe(known);
      }
    }
    await look(page, 'campaign-waiting-1280');
    await page.goto(`${stage.url}/campaigns/${world.campaigns.running}?waits=recall`);
    await page.getByText('No device waits for that now').waitFor();
    await look(page, 'campaign-waits-none');
    await page.context().close();
  });

  it('forecasts a campaign that has not begun by itself, and a very large one when somebody asks', async () => {
    const page = await stage.enter(`/campaigns/${world.campaigns.draft}`);
    await page.getByText(/^Forecast, 10 to 90/).waitFor();
    await page.route('**/api/v1/queries/preview', async (route) => {
      const reply = await route.fetch();
      await route.fulfill({ response: reply, json: { ...(await reply.json()), count: 1_000_000 } });
    });
    await page.reload();
    await page.getByRole('button', { name: 'Forecast 1,000,000 devices' }).click();
    await page.getByText(/^Forecast, 10 to 90/).waitFor();
    await page.context().close();
  });

  it('leads to its plan, and to another one like it', async () => {
    const page = await stage.enter(`/campaigns/${world.campaigns.draft}`);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit the plan' }).click();
    await page.getByRole('heading', { name: 'Edit', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Create another like this' }).click();
    await page.getByText('Like Porto sites').waitFor();
    await page.context().close();
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

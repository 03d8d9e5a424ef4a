import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetPoint } from '../../src/wire/muster/devices.ts';
import {
  barriersOf,
  hasBrowser,
  keepPicture,
  overflowOf,
  PATIENCE,
  type Stage,
  startStage,
  type Width,
} from '../support/browser.ts';
import { type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const widths: readonly Width[] = [1280, 390];
const DAYS = 28;
const DAY = 86_400_000;

/** A fleet that moves from version to version, a point each day. */
const past = (now: number): readonly FleetPoint[] =>
  Array.from({ length: DAYS }, (_, day) => {
    const fresh = Math.round(Math.min(160, Math.max(0, day - 8) * 9));
    const old = Math.max(20, 150 - day * 5);
    return {
      at: new Date(now - (DAYS - day) * DAY).toISOString(),
      devices: fresh + old + 30,
      versions: [
        { version: '1.8.2', count: old },
        { version: '1.9.0', count: fresh },
        { version: '2.0.0', count: 30 },
      ],
      otherVersions: 0,
      protocols: [{ protocol: 'ddi', count: fresh + old + 30 }],
      seen: { hour: 0, day: 0, week: 0, month: 0, earlier: 0, never: fresh + old + 30 },
    };
  });

/** The server would take a month to have it. */
const withPast = async (page: Page): Promise<void> => {
  await page.route('**/api/v1/fleet/history*', (route) =>
    route.fulfill({ json: { points: past(Date.now()) } }),
  );
};

describe.runIf(hasBrowser())('the overview', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  it.each(widths)('shows the fleet by version over time, %i pixels wide', async (width) => {
    const page = await stage.enter('/campaigns', width);
    await withPast(page);
    await page.goto(stage.url);
    const table = page.getByRole('table', { name: /^Devices by firmware version/ });
    const old = table.getByRole('link', { name: /^\d+ −\d+, devices now .*: 1\.8\.2$/ });
    await old.waitFor();
    expect(await old.getAttribute('title')).toMatch(/^150 on /);
    await page.getByRole('img', { name: /^Devices by firmware version over time; now .*1\.9\.0 / }).waitFor();
    await page.locator('.recharts-area-area').first().waitFor();
    await keepPicture(page, `overview-history-${width}`);
    expect(await barriersOf(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    await page.emulateMedia({ colorScheme: 'dark' });
    await keepPicture(page, `overview-history-${width}-dark`);
    expect(await barriersOf(page)).toEqual([]);
    await table.getByRole('link', { name: '2.0.0', exact: true }).click();
    await page.waitForURL(/\/devices\?where=version/);
    await page.goBack();
    const now = table.getByRole('link', { name: /, devices now .*: 2\.0\.0$/ });
    const { count: many } = await world.client.countDevices({ query: { where: 'version = "2.0.0"' } });
    expect(await now.textContent()).toBe(`${many} +${many - 30}`);
    // A number of the past has no list of its own: none stands outside of a link.
    for (const cell of await table.getByRole('cell').all())
      if (/\d/.test((await cell.textContent()) ?? '')) expect(await cell.getByRole('link').count()).toBe(1);
    await now.click();
    await page.getByText(`${many} match`).waitFor();
    await page.context().close();
  });

  it('says that the history begins where there is none yet', async () => {
    const page = await stage.enter('/');
    await page.getByText('The history of the fleet begins today').waitFor();
    await page.context().close();
  });

  it('leads from each number to what is behind it', async () => {
    const page = await stage.enter('/');
    for (const [figure, name] of [
      ['running', 'Spring firmware 2.1.0'],
      ['to approve', 'Oslo sites'],
      ['paused', 'Modem hotfix'],
    ] as const) {
      await page.goto(stage.url);
      const of = page.locator('dl > div').filter({ has: page.getByText(figure, { exact: true }) });
      const many = Number(await of.getByRole('link').textContent());
      await of.getByRole('link').click();
      const table = page.getByRole('table', { name: 'Campaigns' });
      await table.getByRole('link', { name, exact: true }).waitFor();
      expect(await table.getByRole('row').count()).toBe(many + 1);
    }
    await page.goto(stage.url);
    const ranked = page.getByRole('list', { name: 'Devices by protocol' }).getByRole('listitem');
    const line = ranked.filter({ hasText: 'lwm2m' });
    const { count } = await world.client.countDevices({ query: { where: 'protocol = lwm2m' } });
    // The number itself, at the end of the line, is a part of the link.
    await line.click({ position: { x: ((await line.boundingBox())?.width ?? 0) - 60, y: 8 } });
    await page.getByText(`${count} match`).waitFor();
    await page.goto(stage.url);
    await page
      .getByRole('region', { name: 'Needs somebody' })
      .getByRole('link', { name: /failed,/ })
      .first()
      .click();
    await page.waitForURL(/outcome=failed&outcome=/);
    await page.context().close();
  });

  it('leads from each reason to the devices behind it, by one call for all campaigns', async () => {
    const page = await stage.enter('/campaigns');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(stage.url);
    const reasons = page.getByRole('list', { name: 'Failures by reason' });
    await reasons.getByText('Checksum mismatch').waitFor();
    expect(asked.filter((path) => path.endsWith('/course'))).toEqual([]);
    await reasons.getByRole('link', { name: 'No space on the device' }).click();
    await page.waitForURL(`**/campaigns/${world.campaigns.running}?**reason=no-space**`);
    await page
      .getByRole('table', { name: 'Devices of the campaign' })
      .getByText('12 MB free')
      .first()
      .waitFor();
    await page.context().close();
  });

  it('names the campaigns of a reason where it is in several', async () => {
    const page = await stage.enter('/campaigns');
    const campaigns = Object.entries(world.campaigns).map(([name, id], n) => ({
      ...{ id, name: `A campaign with a rather long name that is ${name}`, count: 9 - n },
    }));
    await page.route('**/api/v1/failures', (route) =>
      route.fulfill({
        json: {
          at: new Date().toISOString(),
          reasons: [
            { outcome: 'failed', reason: 'no-space', count: 35, campaigns },
            { outcome: 'timed-out', reason: 'phase-timed-out', count: 2, campaigns: campaigns.slice(0, 1) },
          ],
        },
      }),
    );
    await page.goto(stage.url);
    const reasons = page.getByRole('list', { name: 'Failures by reason' });
    await reasons.getByText('and in other campaigns').waitFor();
    await keepPicture(page, 'overview-failures');
    expect(await barriersOf(page)).toEqual([]);
    await reasons.getByRole('link', { name: /that is paused$/ }).click();
    await page.waitForURL(`**/campaigns/${world.campaigns.paused}?**reason=no-space**`);
    await page.context().close();
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

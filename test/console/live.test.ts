import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, keepPicture, PATIENCE, type Stage, startStage } from '../support/browser.ts';
import { ADMIN, type ConsoleWorld, fillConsole } from '../support/console-world.ts';
import { type StreamCutter, startStreamCutter } from '../support/stream-cutter.ts';

/**
 * Milliseconds from the call that changes something to the change on the page. The console promises a second on a machine
 * that does nothing else; here many things run at once. What was measured is printed.
 */
const LONGEST = 4_000;
const TIMES = 5;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe.runIf(hasBrowser())('the console while things change', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  let proxy: StreamCutter;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
    proxy = await startStreamCutter(stage.url);
  }, PATIENCE);
  afterAll(async () => {
    await stage?.close();
    await proxy?.stop();
  });

  const leave = (page: Page) => page.context().close();
  /** Changes come by the stream: without it they would come late, and be late by less than the bound. */
  const live = (page: Page) => page.getByText('Live', { exact: true }).waitFor();

  /** From just before a change is asked for until it is seen; several times, since other things run here too. */
  const latency = async (
    what: string,
    change: (n: number) => Promise<unknown>,
    seen: (n: number) => Locator,
  ): Promise<number> => {
    const taken: number[] = [];
    for (let n = 0; n < TIMES; n += 1) {
      const begun = performance.now();
      await Promise.all([seen(n).waitFor(), change(n)]);
      taken.push(performance.now() - begun);
    }
    console.log(`${what}: ${taken.map(Math.round).join(', ')} ms, median ${Math.round(median(taken))} ms`);
    return median(taken);
  };

  it('shows soon how a campaign goes on: its counts and the line of a device', async () => {
    const { client, campaigns } = world;
    const params = { campaign: campaigns.running };
    const { items } = await client.listCampaignDevices({
      params,
      query: { position: ['download-running', 'execution-running'], limit: TIMES },
    });
    expect(items).toHaveLength(TIMES);
    const { closed } = await client.countUpdates({ params });
    const before = closed['succeeded'] ?? 0;
    const page = await stage.enter(`/campaigns/${campaigns.running}`);
    await live(page);
    const report = (n: number) =>
      client.reportUpdate({
        params: { ...params, device: items[n]?.device ?? '' },
        body: { phase: 'activation', step: 'complete' },
      });
    const counted = (n: number) => page.getByRole('link', { name: `Succeeded: ${before + n + 1} devices` });
    expect(await latency('counts of a campaign', report, counted)).toBeLessThan(LONGEST);
    await live(page);
    await leave(page);
  });

  it('shows soon that somebody pauses and resumes a campaign', async () => {
    const { client, campaigns } = world;
    const params = { campaign: campaigns.running };
    const page = await stage.enter(`/campaigns/${campaigns.running}`);
    await live(page);
    const heading = page.getByRole('heading', { level: 1 }).locator('..');
    const turn = (n: number) =>
      n % 2 === 0 ? client.pauseCampaign({ params }) : client.resumeCampaign({ params });
    const seen = (n: number) => heading.getByText(n % 2 === 0 ? 'Paused' : 'Running', { exact: true });
    expect(await latency('status of a campaign', turn, seen)).toBeLessThan(LONGEST);
    await live(page);
    await client.resumeCampaign({ params });
    await leave(page);
  });

  it('shows soon a campaign that somebody makes, in the list', async () => {
    const { client } = world;
    const { items } = await client.listPackages({});
    const page = await stage.enter('/campaigns');
    await live(page);
    const make = (n: number) =>
      client.createCampaign({
        body: {
          ...{ name: `Made elsewhere ${n}`, packages: [items[0]?.id ?? ''] },
          target: { by: 'query', expression: 'site = oslo', reevaluateSeconds: 0 },
        },
      });
    const seen = (n: number) => page.getByRole('link', { name: `Made elsewhere ${n}`, exact: true });
    expect(await latency('a new campaign', make, seen)).toBeLessThan(LONGEST);
    await live(page);
    await leave(page);
  });

  it('shows soon what somebody says of a device, on its page', async () => {
    const page = await stage.enter('/devices/gw-0007');
    await live(page);
    const params = { device: 'gw-0007' };
    const name = (n: number) => world.client.editDevice({ params, body: { name: `Gate ${n}` } });
    const seen = (n: number) => page.getByText(`Gate ${n}`, { exact: true }).first();
    expect(await latency('the name of a device', name, seen)).toBeLessThan(LONGEST);
    await live(page);
    await leave(page);
  });

  it('shows soon a role that somebody makes, though the stream tells nothing of roles', async () => {
    const page = await stage.enter('/settings?part=roles');
    await page.getByRole('cell', { name: 'Administrator', exact: true }).waitFor();
    const make = (n: number) =>
      world.client.createRole({ body: { name: `Made elsewhere ${n}`, permissions: [] } });
    const seen = (n: number) => page.getByRole('cell', { name: `Made elsewhere ${n}`, exact: true });
    expect(await latency('a new role', make, seen)).toBeLessThan(LONGEST);
    await leave(page);
  });

  const enterThroughProxy = async (path: string): Promise<Page> => {
    const page = await stage.open('/');
    await page.goto(proxy.url + path);
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.getByRole('banner').waitFor();
    return page;
  };

  it('polls and says how old it is when the stream breaks, shows changes all the same, and goes back', async () => {
    const { client, campaigns } = world;
    const params = { campaign: campaigns.running };
    const page = await enterThroughProxy(`/campaigns/${campaigns.running}`);
    await live(page);
    proxy.cutStreams();
    await page.getByText(/^Polling, as of \d+ s ago$/).waitFor();
    await keepPicture(page, 'polling-1280');
    await client.pauseCampaign({ params });
    const heading = page.getByRole('heading', { level: 1 }).locator('..');
    await heading.getByText('Paused', { exact: true }).waitFor();
    await page.getByText(/^Polling/).waitFor();
    proxy.mend();
    await live(page);
    await client.resumeCampaign({ params });
    await heading.getByText('Running', { exact: true }).waitFor();
    await leave(page);
  });

  it('tells of what happened while the stream was down as soon as it is back', async () => {
    const page = await enterThroughProxy('/devices/gw-0011');
    await live(page);
    proxy.cutAll();
    await page.getByText(/^Offline, as of \d+ s ago$|^Polling, as of \d+ s ago$/).waitFor();
    await world.client.editDevice({ params: { device: 'gw-0011' }, body: { name: 'Changed meanwhile' } });
    await page.getByText(/^Offline, as of \d+ s ago$/).waitFor();
    expect(await page.getByText('Changed meanwhile').count()).toBe(0);
    await keepPicture(page, 'offline-1280');
    proxy.mend();
    await page.getByText('Changed meanwhile', { exact: true }).first().waitFor();
    await live(page);
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems.filter((problem) => !/net::ERR_|EMPTY_RESPONSE/.test(problem))).toEqual([]);
  });
});

import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, PATIENCE, SOON, type Stage, startStage } from '../support/browser.ts';
import { fillConsole } from '../support/console-world.ts';

const KB = 1_000;
/** Bytes as they are sent; so few that next to nothing was weighed, and what the console promises. */
const weighs = { atLeast: 50 * KB, atMost: 350 * KB } as const;
/** Milliseconds. The console promises one second on a machine that does nothing else; here many things run at once. */
const LATEST_PAINT = 5_000;
const LOADS = 5;

describe.runIf(hasBrowser())('the first load of the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();

  const loadAnew = async (page: Page): Promise<{ readonly weight: number; readonly paint: number }> => {
    const sizes: Promise<number>[] = [];
    const weigh = (request: Request): void => {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    };
    page.on('requestfinished', weigh);
    await (await page.context().newCDPSession(page)).send('Network.clearBrowserCache');
    await page.goto(`${stage.url}/`);
    await page.getByRole('heading', { name: 'Firmware', exact: true }).waitFor();
    const weight = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    page.off('requestfinished', weigh);
    const paint = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
    return { weight, paint };
  };

  it('weighs little, and soon shows something', async () => {
    const page = await stage.enter('/');
    const loads = [];
    for (let n = 0; n < LOADS; n += 1) loads.push(await loadAnew(page));
    const paints = loads.map(({ paint }) => Math.round(paint)).toSorted((a, b) => a - b);
    const median = paints[Math.floor(LOADS / 2)] ?? Number.NaN;
    const weight = Math.max(...loads.map((load) => load.weight));
    console.log(
      `first load: ${Math.round(weight / KB)} KB; first paint after ${paints.join(', ')} ms, median ${median} ms`,
    );
    expect(weight).toBeGreaterThan(weighs.atLeast);
    expect(weight).toBeLessThan(weighs.atMost);
    expect(median).toBeLessThan(LATEST_PAINT);
    await leave(page);
  });

  it('asks nobody but the server, on any page', async () => {
    const page = await stage.enter('/');
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    for (const path of ['/', '/campaigns', '/campaigns/new', '/devices', '/packages', '/settings']) {
      await page.goto(stage.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page
        .getByText(/^Loading/)
        .first()
        .waitFor({ state: 'detached' });
    }
    expect([...asked].filter((origin) => origin !== stage.url && origin !== 'null')).toEqual([]);
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });

  it('is kept by its policy from asking anybody else, and a try would fail these tests', async () => {
    const page = await stage.enter('/');
    const before = stage.problems.length;
    const asked: string[] = [];
    page.on('requestfinished', (request) => asked.push(request.url()));
    await page.evaluate(`(() => {
      const image = document.createElement('img');
      image.src = 'https://example.com/track.png';
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(image, script);
    })()`);
    await expect.poll(() => stage.problems.length, SOON).toBeGreaterThanOrEqual(before + 2);
    expect(stage.problems.slice(before).every((problem) => /Content Security Policy/.test(problem))).toBe(
      true,
    );
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    expect(asked.filter((url) => url.includes('example.com'))).toEqual([]);
    await leave(page);
  });
});

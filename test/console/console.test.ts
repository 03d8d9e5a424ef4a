import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barriersOf, hasBrowser, keepPicture, PATIENCE, type Stage, startStage } from '../support/browser.ts';
import { ADMIN, type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const KB = 1_000;
/** The paint and the change take a fraction of this on a machine that does nothing else. */
const most = { weight: 350 * KB, firstPaint: 5_000, live: 8_000 } as const;

describe.runIf(hasBrowser())('the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage.close());

  const leave = (page: Page) => page.context().close();

  it('asks who is there, says when that is wrong, and lets in who is right', async () => {
    const page = await stage.open('/campaigns');
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'sign-in-1280');
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByRole('alert')
      .getByText(/is wrong/)
      .waitFor();
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Campaigns', level: 1 }).waitFor();
    const kept = 'JSON.stringify([document.cookie, localStorage, sessionStorage])';
    expect(await page.evaluate<string>(kept)).not.toContain('muster_');
    await leave(page);
  });

  it('lets out', async () => {
    const page = await stage.enter('/');
    await page.getByRole('button', { name: 'Administrator, account' }).click();
    await keepPicture(page, 'account-menu-1280');
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
    await leave(page);
  });

  it('weighs little, and soon shows something', async () => {
    const page = await stage.enter('/');
    await (await page.context().newCDPSession(page)).send('Network.clearBrowserCache');
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.goto(`${stage.url}/`);
    await page.getByRole('heading', { name: 'Firmware' }).waitFor();
    const weight = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    const paint = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    );
    console.log(`first load: ${Math.round(weight / KB)} KB, first paint after ${Math.round(paint ?? 0)} ms`);
    expect(weight).toBeLessThan(most.weight);
    expect(paint).toBeLessThan(most.firstPaint);
    await leave(page);
  });

  it('shows what happens as it happens', async () => {
    const { client, campaigns } = world;
    const campaign = campaigns.running;
    const page = await stage.enter(`/campaigns/${campaign}`);
    await page.getByText('Live', { exact: true }).waitFor();
    const { items } = await client.listCampaignDevices({
      params: { campaign },
      query: { position: ['download-running'], limit: 1 },
    });
    const device = items[0]?.device ?? '';
    const { closed } = await client.countUpdates({ params: { campaign } });
    const next = (closed['succeeded'] ?? 0) + 1;
    const begun = performance.now();
    await client.reportUpdate({
      params: { campaign, device },
      body: { phase: 'activation', step: 'complete' },
    });
    await page.getByRole('link', { name: `Succeeded: ${next} devices` }).waitFor();
    expect(performance.now() - begun).toBeLessThan(most.live);
    await leave(page);
  });

  it('says how old what it shows is while the stream is down, and asks again by itself', async () => {
    const page = await stage.open('/');
    await page.route('**/api/v1/stream*', (route) => route.abort());
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.getByText(/^Polling, as of \d+ s ago$/).waitFor();
    await page.unroute('**/api/v1/stream*');
    await page.getByText('Live', { exact: true }).waitFor();
    await leave(page);
  });

  it('asks to sign in again when the session has ended, and keeps the page as it was', async () => {
    const page = await stage.enter('/campaigns');
    const search = page.getByRole('textbox', { name: 'Search campaigns' });
    await search.fill('Spr');
    await page.context().clearCookies();
    await search.fill('Spring');
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    await dialog.waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'sign-in-again-1280');
    await dialog.locator('[name=password]').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await search.inputValue()).toBe('Spring');
    await page.getByRole('link', { name: 'Spring firmware 2.1.0', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Oslo sites', exact: true }).waitFor({ state: 'detached' });
    await leave(page);
  });

  it('can be used by keyboard alone: shortcuts, their list, and the palette', async () => {
    const page = await stage.enter('/');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'Campaigns', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'shortcuts-1280');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+K');
    const goTo = page.getByRole('textbox', { name: 'Go to' });
    await goTo.fill('Spring');
    await page.getByRole('dialog').getByText('Spring firmware 2.1.0').waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'palette-1280');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Spring firmware 2.1.0' }).waitFor();
    await leave(page);
  });

  it('leads from each number to what is behind it', async () => {
    const page = await stage.enter('/');
    await page.getByRole('link', { name: 'No space on the device' }).click();
    await page.getByRole('heading', { name: 'Spring firmware 2.1.0' }).waitFor();
    await page.getByText('12 MB free, 40 MB needed').first().waitFor();
    expect(await page.getByRole('cell', { name: /Checksum mismatch/ }).count()).toBe(0);
    await page.goBack();
    await page.getByRole('link', { name: 'lwm2m' }).click();
    await page.getByText('22 match').waitFor();
    await leave(page);
  });

  it('says what an action will do to how many devices, does it, and why it cannot do others', async () => {
    const page = await stage.enter(`/campaigns/${world.campaigns.paused}`);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page
      .getByRole('menuitem', { name: /^Pause/ })
      .getByText('It is paused.')
      .waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'actions-1280');
    await page.getByRole('menuitem', { name: 'Cancel for good' }).click();
    const dialog = page.getByRole('dialog', { name: /^Cancel for good/ });
    await dialog.getByText('Ends 10 offers for good and asks 0 devices in progress to stop.').waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'cancel-1280');
    await dialog.getByRole('button', { name: 'Cancel for good' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1 }).locator('..').getByText('Cancelled').waitFor();
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

describe.runIf(hasBrowser())('a new server', { timeout: PATIENCE }, () => {
  it('is set up in the console with the password that its first start has told', async () => {
    const stage = await startStage({ MUSTER_ADMIN_PASSWORD: '' });
    const page = await stage.open('/');
    await page.getByRole('heading', { name: 'Set up Muster' }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'set-up-1280');
    const fill = (name: string, text: string) => page.locator(`[name=${name}]`).fill(text);
    await fill('first', 'not what was told');
    await fill('name', 'Ada Lovelace');
    await fill('email', 'ada@example.com');
    await fill('password', 'a long enough one');
    await fill('account', 'Fleet');
    await page.getByRole('button', { name: 'Set up' }).click();
    await page
      .getByRole('alert')
      .getByText(/not the password/)
      .waitFor();
    await fill('first', stage.firstPassword());
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('No campaign is under way').waitFor();
    await keepPicture(page, 'overview-empty-1280');
    await stage.close();
  });
});

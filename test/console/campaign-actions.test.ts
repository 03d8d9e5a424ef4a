import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barriersOf, hasBrowser, keepPicture, PATIENCE, type Stage, startStage } from '../support/browser.ts';
import { type ConsoleWorld, fillConsole } from '../support/console-world.ts';

describe.runIf(hasBrowser())('numbers and actions of the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();

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

import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  barriersOf,
  hasBrowser,
  keepPicture,
  PATIENCE,
  SOON,
  type Stage,
  startStage,
} from '../support/browser.ts';
import { ADMIN, type ConsoleWorld, fillConsole } from '../support/console-world.ts';

/** More stops than any page has before what is meant. */
const FAR = 80;

describe.runIf(hasBrowser())('the console by keyboard alone', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();

  const isFocused = (one: Locator): Promise<boolean> =>
    one.evaluate((element) => element.ownerDocument.activeElement === element);

  /** Goes on by Tab until it is there, as somebody without a mouse does. */
  const tabTo = async (page: Page, one: Locator): Promise<void> => {
    await one.waitFor();
    for (let n = 0; n < FAR; n += 1) {
      if (await isFocused(one)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not lead to ${one}`);
  };
  const press = async (page: Page, one: Locator, key = 'Enter'): Promise<void> => {
    await tabTo(page, one);
    await page.keyboard.press(key);
  };

  it('has shortcuts, a list of them, and a palette', async () => {
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

  it('lets somebody in, find a campaign, pause it, read why, and resume it', async () => {
    const page = await stage.open('/');
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor();
    await tabTo(page, page.locator('[name=email]'));
    await page.keyboard.type(ADMIN.email);
    await tabTo(page, page.locator('[name=password]'));
    await page.keyboard.type(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'Campaigns', level: 1 }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('Spring');
    await page.getByRole('link', { name: 'Oslo sites', exact: true }).waitFor({ state: 'detached' });
    await press(page, page.getByRole('link', { name: 'Spring firmware 2.1.0', exact: true }));
    await page.getByRole('heading', { name: 'Spring firmware 2.1.0' }).waitFor();
    const heading = page.getByRole('heading', { level: 1 }).locator('..');
    for (const [action, status] of [
      ['Pause', 'Paused'],
      ['Resume', 'Running'],
    ] as const) {
      await press(page, page.getByRole('button', { name: 'Actions' }));
      await page.getByRole('menuitem', { name: 'Create another like this' }).waitFor();
      const item = page.getByRole('menuitem', { name: action, exact: true });
      for (let n = 0; n < FAR && !(await isFocused(item)); n += 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await press(page, dialog.getByRole('button', { name: action, exact: true }));
      await dialog.waitFor({ state: 'detached' });
      await heading.getByText(status, { exact: true }).waitFor();
    }
    await press(page, page.getByRole('tab', { name: 'Devices' }), 'ArrowRight');
    await page.getByRole('tab', { name: 'Timeline', selected: true }).waitFor();
    await leave(page);
  });

  it('gives focus back where a dialog was opened, and never loses it', async () => {
    const page = await stage.enter(`/campaigns/${world.campaigns.paused}`);
    await press(page, page.getByRole('button', { name: 'Resume' }));
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => isFocused(page.getByRole('button', { name: 'Resume' })), SOON).toBe(true);
    await leave(page);
  });

  it('issues a token in the settings', async () => {
    const page = await stage.enter('/');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await press(page, page.getByRole('link', { name: 'My tokens' }));
    await press(page, page.getByRole('button', { name: 'New token' }));
    await tabTo(page, page.getByRole('dialog').getByRole('textbox', { name: 'Name' }));
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await press(page, page.getByRole('button', { name: 'I have kept it' }));
    await page.getByRole('list', { name: 'My tokens' }).getByText('By keyboard').waitFor();
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { barriersOf, hasBrowser, keepPicture, PATIENCE, type Stage, startStage } from '../support/browser.ts';
import { ADMIN, fillConsole } from '../support/console-world.ts';

describe.runIf(hasBrowser())('who is signed in to the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

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

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

describe.runIf(hasBrowser())('a new server', { timeout: PATIENCE }, () => {
  it('is set up in the console with the password that its first start has told', async () => {
    const stage = await startStage({ MUSTER_ADMIN_PASSWORD: '' });
    onTestFinished(() => stage.close());
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
  });
});

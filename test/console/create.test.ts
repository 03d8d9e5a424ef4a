import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { ADMIN, type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const widths: readonly Width[] = [1280, 390];

describe.runIf(hasBrowser())('making a campaign in the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();
  const field = (page: Page, name: string | RegExp) => page.getByRole('textbox', { name });

  const enter = async (path = '/campaigns/new', width?: Width): Promise<Page> => {
    const page = await stage.enter(path, width);
    await field(page, 'Name of the campaign').waitFor();
    return page;
  };

  const choosePackage = async (page: Page, label: RegExp): Promise<void> => {
    await page.getByRole('combobox', { name: /What to send|Another one/ }).click();
    await page.getByRole('option', { name: label }).click();
  };

  const fill = async (page: Page, name: string, where: string): Promise<void> => {
    await field(page, 'Name of the campaign').fill(name);
    await choosePackage(page, /gateway-os 2\.1\.0/);
    await field(page, 'Devices that match').fill(where);
    await page.getByRole('link', { name: /match(es)?$/ }).waitFor();
  };

  const summary = (page: Page) => page.getByRole('complementary', { name: 'Summary' });
  const newest = async () =>
    (await world.client.listCampaigns({ query: { order: 'newest', limit: 1 } })).items[0];

  it.each(widths)(
    'says at each field what is missing, then what it comes to, %i pixels wide',
    async (width) => {
      const page = await enter('/campaigns/new', width);
      await page.getByRole('button', { name: 'Review and create' }).click();
      await summary(page).getByText('Choose what to send.').waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await keepPicture(page, `create-empty-${width}`);

      await fill(page, 'Summer firmware 2.1.0', 'site in (oslo, porto)');
      await summary(page).getByText('160 devices').waitFor();
      await page.getByText('Only in windows').first().click();
      await page.getByRole('button', { name: 'Nights' }).click();
      await summary(page).getByText('22:00–06:00').waitFor();
      await page.getByRole('img', { name: /^Forecast: 160 devices/ }).waitFor();
      await page.getByRole('combobox', { name: 'Compare with' }).click();
      await page.getByRole('option', { name: 'All at once' }).click();
      await page.getByRole('columnheader', { name: 'All at once' }).waitFor();
      expect(await barriersOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
      await keepPicture(page, `create-${width}`);
      await page.getByRole('region', { name: 'Forecast' }).scrollIntoViewIfNeeded();
      await keepPicture(page, `create-forecast-${width}`);

      await page.getByRole('button', { name: 'Review and create' }).click();
      const review = page.getByRole('dialog', { name: /^Review/ });
      await review.getByText('What is different').waitFor();
      await review.getByText('Another campaign that runs brings the device the same component').waitFor();
      expect(await barriersOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
      await keepPicture(page, `create-review-${width}`);
      await leave(page);
    },
  );

  it('draws the week: marked by dragging, by keys, and as exact times', async () => {
    const page = await enter();
    await page.getByText('Only in windows').first().click();
    const cell = (name: string) => page.getByRole('gridcell', { name, exact: true });
    const isOpen = (name: string) => cell(name).getAttribute('aria-selected');
    await cell('Tue 8 to 9').hover();
    await page.mouse.down();
    await cell('Thu 11 to 12').hover();
    await page.mouse.up();
    const areOpen = (...names: readonly string[]) => expect.poll(() => Promise.all(names.map(isOpen)), SOON);
    await areOpen('Wed 10 to 11', 'Thu 11 to 12', 'Fri 10 to 11').toEqual(['true', 'true', 'false']);
    await summary(page).getByText('Tue to Thu 08:00–12:00').waitFor();

    await cell('Wed 10 to 11').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowRight');
    await areOpen('Fri 11 to 12', 'Fri 12 to 13').toEqual(['false', 'false']);
    await leave(page);
  });

  it('shows what the server refuses at the field that it names, and goes on once that is right', async () => {
    const page = await enter();
    await fill(page, 'Too much', 'site = oslo');
    await page.getByRole('textbox', { name: 'Wave 1: percent', exact: true }).fill('90');
    await page
      .getByText(/percentages of at most 100 in sum/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Review and create' }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('textbox', { name: 'Wave 1: percent', exact: true }).fill('10');
    await page
      .getByText(/percentages of at most 100/)
      .first()
      .waitFor({ state: 'detached' });
    await field(page, 'Devices that match').fill('site =');
    await page.locator('textarea[aria-invalid="true"]').waitFor();
    await summary(page)
      .getByText(/expected .* at character|character/i)
      .waitFor();
    await keepPicture(page, 'create-refused-1280');
    await leave(page);
  });

  it('keeps what was filled in over a reload and the end of the session, and makes just that', async () => {
    const page = await enter();
    await fill(page, 'Kept by the browser', 'id = gw-0002');
    await page.getByRole('region', { name: 'Rollout' }).getByText('All at once').click();
    await summary(page).getByText('All devices at once').waitFor();
    await page.waitForFunction(() =>
      Object.entries(localStorage).some(
        ([key, text]) => key.startsWith('muster-draft/') && text.includes('"by":"all"'),
      ),
    );
    await page.reload();
    await page.getByText('Your draft was kept').waitFor();
    await expect
      .poll(() => field(page, 'Name of the campaign').inputValue(), SOON)
      .toBe('Kept by the browser');

    await page.getByRole('button', { name: 'Review and create' }).click();
    const review = page.getByRole('dialog', { name: /^Review/ });
    await page.context().clearCookies();
    await review.getByRole('button', { name: 'Create', exact: true }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.locator('[name=password]').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await again.waitFor({ state: 'detached' });
    await review.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Kept by the browser', level: 1 }).waitFor();
    expect(await newest()).toMatchObject({
      name: 'Kept by the browser',
      status: 'draft',
      target: { by: 'query', expression: 'id = gw-0002' },
      rollout: { by: 'all' },
      endWhenComplete: true,
    });
    const drafts = await page.evaluate<string[]>(
      'Object.keys(localStorage).filter((key) => key.startsWith("muster-draft/"))',
    );
    expect(drafts).toEqual([]);
    await leave(page);
  });

  it('edits a draft: only what was changed, compared with what is saved', async () => {
    const { draft } = world.campaigns;
    const page = await enter(`/campaigns/${draft}/edit`);
    const before = await world.client.getCampaign({ params: { campaign: draft } });
    await page.getByRole('textbox', { name: 'In progress at a time' }).fill('7');
    await page.getByRole('button', { name: 'Review and save' }).click();
    const review = page.getByRole('dialog', { name: /^Review/ });
    await review.getByRole('cell', { name: '7 devices in progress at a time.' }).waitFor();
    expect(await review.getByRole('row').count()).toBe(2);
    await keepPicture(page, 'edit-review-1280');
    await review.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Porto sites', level: 1 }).waitFor();
    const after = await world.client.getCampaign({ params: { campaign: draft } });
    expect(after.concurrency).toBe(7);
    expect({ ...after, ...{ concurrency: null, editedAt: '', revision: 0 } }).toEqual({
      ...before,
      ...{ concurrency: null, editedAt: '', revision: 0 },
    });
    await leave(page);
  });

  it('tells when somebody else has changed the campaign meanwhile, and takes theirs or keeps its own', async () => {
    const { client, campaigns } = world;
    const params = { campaign: campaigns.waiting };
    const page = await enter(`/campaigns/${campaigns.waiting}/edit`);
    const limit = page.getByRole('textbox', { name: 'In progress at a time' });
    await limit.fill('7');
    await client.editCampaign({ params, body: { priority: 60 } });
    await page.getByText(/has changed the campaign meanwhile/).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Put mine in its place' }).click();
    await page.getByText(/has changed the campaign meanwhile/).waitFor({ state: 'detached' });
    await expect.poll(() => limit.inputValue(), SOON).toBe('7');
    await client.editCampaign({ params, body: { priority: 70 } });
    await page.getByRole('button', { name: 'Take theirs, drop mine' }).click();
    await page.getByText(/has changed the campaign meanwhile/).waitFor({ state: 'detached' });
    await expect.poll(() => limit.inputValue(), SOON).toBe('');
    await expect.poll(() => page.getByRole('textbox', { name: 'Priority' }).inputValue(), SOON).toBe('70');
    await leave(page);
  });

  it('makes another one like one, and starts it for the devices that were named by hand', async () => {
    const page = await enter(`/campaigns/new?from=${world.campaigns.ended}`);
    await page.getByText('Like Autumn firmware').waitFor();
    await field(page, 'Name of the campaign').fill('Two by hand');
    await page.getByText('By hand', { exact: true }).click();
    await field(page, 'Ids of devices').fill('gw-0001\ngw-0002');
    await page.getByRole('button', { name: 'Review and create' }).click();
    const review = page.getByRole('dialog', { name: /^Review/ });
    await review.getByText('Start now').click();
    await review.getByRole('button', { name: 'Create and start' }).click();
    await page.getByRole('heading', { name: 'Two by hand', level: 1 }).waitFor();
    const made = await newest();
    expect(made).toMatchObject({ name: 'Two by hand', status: 'running' });
    const { total } = await world.client.countUpdates({ params: { campaign: made?.id ?? '' } });
    expect(total).toBe(2);
    await leave(page);
  });

  it('starts a campaign for the whole fleet only after one more question', async () => {
    const page = await enter();
    await fill(page, 'For everybody', '*');
    await page.getByRole('button', { name: 'Review and create' }).click();
    const review = page.getByRole('dialog', { name: /^Review/ });
    await review.getByText('Start now').click();
    await review.getByRole('button', { name: 'Create and start' }).click();
    await review.getByText('The target matches every device of the account, 240 of them.').waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'create-confirm-1280');
    await review.getByRole('button', { name: 'Leave it as it is' }).click();
    await page.getByRole('heading', { name: 'For everybody', level: 1 }).waitFor();
    expect(await newest()).toMatchObject({ name: 'For everybody', status: 'draft' });
    await leave(page);
  });

  it('gives the plan as the document of the command line, takes it back, and says what is wrong with one', async () => {
    const page = await enter();
    await fill(page, 'As code', 'site = oslo');
    await page.getByRole('button', { name: 'YAML' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('as-code.yaml');
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toContain('apiVersion: muster/v1');
    expect(text).toContain('name: gateway-os');

    await page.getByRole('button', { name: 'YAML' }).click();
    await page.getByRole('menuitem', { name: /Import/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Import a campaign' });
    const document = dialog.getByRole('textbox', { name: 'The document' });
    await document.fill(text.replace('percent: 5', 'percent: many'));
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await dialog.getByText(/Line \d+, column \d+/).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'create-import-1280');
    await document.fill(text.replace('As code', 'From a file').replace('percent: 5', 'percent: 4'));
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => field(page, 'Name of the campaign').inputValue(), SOON).toBe('From a file');
    await summary(page).getByText('Canary (4 % of the devices').waitFor();
    await leave(page);
  });

  it('has no barriers in the dark', async () => {
    const page = await enter(`/campaigns/new?from=${world.campaigns.running}`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('img', { name: /^Forecast/ }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await keepPicture(page, 'create-dark');
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, PATIENCE, SOON, type Stage, startStage } from '../support/browser.ts';
import { lookAt } from '../support/console-look.ts';
import { type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const broken = {
  ...{ type: 'about:blank', title: 'Too many requests', status: 429 },
  ...{ detail: 'Come again later.', requestId: 'req-of-the-marks' },
};

describe.runIf(hasBrowser())('devices in the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();

  it('keeps text and form of a query in step, and saves it', async () => {
    const page = await stage.enter('/devices');
    const text = page.getByRole('textbox', { name: 'Search devices: an id, or a query' });
    await text.fill('model = "GW-2" and site in (oslo, berlin)');
    await page.getByText(/^\d+ match$/).waitFor();
    await page.getByRole('button', { name: 'Form' }).click();
    const form = page.getByRole('region', { name: 'Query as a form' });
    await expect
      .poll(() => form.getByRole('textbox', { name: 'Value of line 1' }).inputValue(), SOON)
      .toBe('GW-2');
    await form.getByText('oslo').waitFor();
    await lookAt(page, 'devices-form-1280');
    await form.getByRole('button', { name: 'Add a line' }).click();
    await form.getByRole('combobox', { name: 'Field of line 3' }).click();
    await page.getByRole('option', { name: 'Tag', exact: true }).click();
    await form.getByRole('textbox', { name: 'Value of line 3' }).fill('lab');
    await expect
      .poll(() => text.inputValue(), SOON)
      .toBe('model = "GW-2" and attributes.site in ("oslo", "berlin") and tag = "lab"');
    await page.getByText('10 match').waitFor();
    await form.getByRole('button', { name: 'Remove line 1' }).click();
    await expect
      .poll(() => text.inputValue(), SOON)
      .toBe('attributes.site in ("oslo", "berlin") and tag = "lab"');
    await page.getByRole('button', { name: 'Queries' }).click();
    await page.getByRole('textbox', { name: 'Name to save this query under' }).fill('Northern lab');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The query “Northern lab” is saved').waitFor();
    await text.fill('a = 1 and (b = 2 or c = 3)');
    await page.getByText('This query is nested deeper than a form shows: change it as text.').waitFor();
    await page.getByRole('button', { name: 'Queries' }).click();
    await page.getByRole('button', { name: 'Northern lab', exact: false }).first().waitFor();
    await lookAt(page, 'devices-queries-1280');
    await page.getByRole('button', { name: 'Northern lab', exact: false }).first().click();
    await expect
      .poll(() => text.inputValue(), SOON)
      .toBe('attributes.site in ("oslo", "berlin") and tag = "lab"');
    await leave(page);
  });

  it('changes the tags of those that were picked, and of all that match, and says before how many', async () => {
    const page = await stage.enter('/devices');
    for (const id of ['gw-0001', 'gw-0002']) await page.getByRole('checkbox', { name: `Pick ${id}` }).check();
    await page.getByRole('button', { name: 'Tags of 2' }).click();
    const few = page.getByRole('dialog', { name: 'Tags of 2 devices' });
    await few.getByText('Say which tags of 2 devices are to change.').waitFor();
    await few.getByLabel('Add', { exact: true }).fill('picked');
    await page.keyboard.press('Enter');
    await few.getByText(/^This adds “picked” to 2 devices\./).waitFor();
    await lookAt(page, 'devices-tags-1280');
    await few.getByRole('button', { name: 'Change the tags' }).click();
    await few.getByText('2 devices changed, 0 had it so already.').waitFor();
    await few.getByRole('button', { name: 'Close' }).last().click();
    const { count } = await world.client.countDevices({ query: { where: 'tag = picked' } });
    expect(count).toBe(2);
    await page.getByRole('button', { name: 'Drop 2 picked' }).click();

    await page.getByRole('textbox', { name: /^Search devices/ }).fill('tag = lab');
    await page.getByText('30 match').waitFor();
    await page.getByRole('button', { name: 'Tags of all' }).click();
    const all = page.getByRole('dialog', { name: 'Tags of all that are listed' });
    await all.getByLabel('Take off', { exact: true }).fill('lab');
    await page.keyboard.press('Enter');
    await all.getByLabel('Add', { exact: true }).fill('bench');
    await page.keyboard.press('Enter');
    await all.getByText(/^This adds “bench” to and takes “lab” off 30 devices\./).waitFor();
    await all.getByRole('button', { name: 'Change the tags' }).click();
    await all.getByText('30 devices changed, 0 had it so already.').waitFor();
    await all.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('No device matches').waitFor();
    await world.client.tagDevices({ body: { expression: 'tag = bench', add: ['lab'], remove: ['bench'] } });
    await leave(page);
  });

  it('says what it could not count, under which request, and tries again', async () => {
    const page = await stage.enter('/settings');
    let isBroken = true;
    await page.route('**/api/v1/device-marks*', (route) =>
      isBroken
        ? route.fulfill({ status: 429, json: broken, contentType: 'application/problem+json' })
        : route.continue(),
    );
    await page.goto(`${stage.url}/devices`);
    const alert = page.getByRole('alert');
    await alert.getByText('Could not load how many of the devices there are').waitFor();
    await alert.getByText(broken.requestId).waitFor();
    await page.getByRole('link', { name: 'gw-0003', exact: true }).waitFor();
    await lookAt(page, 'devices-uncounted-1280');
    isBroken = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
    await leave(page);
  });

  it('shows the columns that somebody chooses, also next time', async () => {
    const page = await stage.enter('/devices');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'site' }).check();
    await page.getByRole('checkbox', { name: 'Protocol' }).uncheck();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('columnheader', { name: 'site' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Protocol' }).count()).toBe(0);
    await page.getByRole('cell', { name: 'oslo' }).first().waitFor();
    await leave(page);
  });

  it('shows what an import would do, row by row, before it does it', async () => {
    const page = await stage.enter('/devices');
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import devices' });
    await lookAt(page, 'import-1280');
    const rows = [
      'id,model,protocol,tags',
      'new-1,GW-9,ddi,lab;north',
      'gw-0001,GW-9,,',
      'new 2,GW-9,ddi,',
      ',x,pigeon,',
    ];
    await dialog.locator('input[type=file]').setInputFiles({
      ...{ name: 'fleet.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) },
    });
    await dialog.getByRole('button', { name: 'Import 2 devices' }).waitFor();
    await dialog.getByRole('cell', { name: /pigeon/ }).waitFor();
    await lookAt(page, 'import-preview-1280');
    expect((await world.client.countDevices({ query: { where: 'model = "GW-9"' } })).count).toBe(0);
    await dialog.getByRole('radio', { name: 'are errors: only new ones are added' }).check();
    await dialog.getByRole('button', { name: 'Import 1 device', exact: true }).click();
    await dialog.getByText('Imported, but for the rows below').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect((await world.client.countDevices({ query: { where: 'model = "GW-9"' } })).count).toBe(1);
    await leave(page);
  });

  it('edits tags, has a device begin again, and shows a new secret this once', async () => {
    const { items } = await world.client.listCampaignDevices({
      params: { campaign: world.campaigns.running },
      query: { outcome: ['failed'], limit: 1 },
    });
    const device = items[0]?.device ?? '';
    const page = await stage.enter(`/devices/${device}`);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Edit name, time zone and tags' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tags', { exact: true }).fill('north');
    await page.keyboard.press('Enter');
    await lookAt(page, 'device-edit-1280');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('region', { name: 'Tags' }).getByText('north').waitFor();
    await lookAt(page, 'device-over-1280');
    await page.getByRole('button', { name: 'Have it begin again in Spring firmware 2.1.0' }).click();
    await page
      .getByText('Why not yet?')
      .or(page.getByText(/^Try 1 of/))
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'New credential' }).click();
    await dialog.getByRole('button', { name: 'Issue' }).click();
    await dialog.getByText('Shown this once').waitFor();
    const secret = (await dialog.locator('pre').textContent()) ?? '';
    expect(secret.length).toBeGreaterThan(10);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Revoke' }).first().waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    await leave(page);
  });

  it('says to somebody who may only look why nothing can be done, also by key', async () => {
    const { items: roles } = await world.client.listRoles({});
    const roleIds = roles.filter(({ name }) => name === 'Viewer').map(({ id }) => id);
    expect(roleIds).toHaveLength(1);
    const viewer = { email: 'grace@example.com', password: 'a long enough one' };
    await world.client.createUser({ body: { ...viewer, name: 'Grace Hopper', roleIds } });
    const { items } = await world.client.listCampaignDevices({
      params: { campaign: world.campaigns.running },
      query: { position: ['download-scheduled'], limit: 1 },
    });
    const device = items[0]?.device ?? '';
    const page = await stage.enter(`/devices/${device}`, 1280, viewer);
    const reasons = [
      ['Add to a campaign', 'Edit Campaign'],
      ['New credential', 'Create Device Credential'],
      ['Ask to stop', 'Edit Campaign'],
      ['Close', 'Edit Campaign'],
    ] as const;
    for (const [name, permission] of reasons) {
      const button = page.getByRole('button', { name, exact: true });
      await button.waitFor();
      expect(await button.getAttribute('aria-disabled')).toBe('true');
      // A key pressed before makes the browser show what has the focus, as it does for those who use keys.
      await page.keyboard.press('Tab');
      await button.focus();
      await page.getByRole('tooltip', { name: `You need the permission “${permission}”.` }).waitFor();
      await page.keyboard.press('Enter');
      expect(await page.getByRole('dialog').count()).toBe(0);
    }
    await lookAt(page, 'device-viewer-1280');
    await page.getByRole('button', { name: 'More' }).focus();
    await page.keyboard.press('Enter');
    for (const [name, permission] of [
      [/^Edit name/, 'Edit Device'],
      [/^Delete/, 'Delete Device'],
    ] as const) {
      const item = page.getByRole('menuitem', { name });
      await item.getByText(`You need the permission “${permission}”.`).waitFor();
      expect(await item.getAttribute('aria-disabled')).toBe('true');
    }
    // The keys of a menu lead to what cannot be done too, and pressing it changes nothing.
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator(':focus').textContent(), SOON).toMatch(/^Delete/);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await lookAt(page, 'device-viewer-menu-1280');
    for (const [path, name] of [
      ['/devices', 'Import'],
      ['/campaigns', 'New campaign'],
      ['/packages', 'Choose files'],
    ] as const) {
      await page.goto(stage.url + path);
      const button = page.getByRole('button', { name, exact: true });
      await button.waitFor();
      expect(await button.getAttribute('aria-disabled')).toBe('true');
      await lookAt(page, `viewer${path.replace('/', '-')}-1280`);
    }
    await page.goto(`${stage.url}/settings`);
    await page.getByText('You need the permission “Edit Organization Settings”.').first().waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Add a freeze' }).isDisabled()).toBe(true);
    await lookAt(page, 'viewer-settings-1280');
    await page.goto(`${stage.url}/devices?where=tag+%3D+lab`);
    await page.getByRole('button', { name: 'Queries', exact: true }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).hover();
    await page
      .getByRole('tooltip', { name: 'You need the permission “Create Filter Definition”.' })
      .waitFor();
    await leave(page);
  });

  it('says which state stands in the way of somebody who may', async () => {
    const { items } = await world.client.listCampaignDevices({
      params: { campaign: world.campaigns.running },
      query: { position: ['download-scheduled'], limit: 1 },
    });
    const page = await stage.enter(`/devices/${items[0]?.device}`);
    await page.getByRole('button', { name: 'Ask to stop', exact: true }).waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    const remove = page.getByRole('menuitem', { name: /^Delete/ });
    await remove.getByText('One of its updates is open.').waitFor();
    const ask = page.getByRole('menuitem', { name: /^Ask for its attributes/ });
    await ask.getByText('It is asked when it next makes contact.').waitFor();
    const over = await world.client.listCampaignDevices({
      params: { campaign: world.campaigns.ended },
      query: { outcome: ['failed', 'timed-out'], limit: 1 },
    });
    await page.goto(`${stage.url}/devices/${over.items[0]?.device}`);
    await page.getByRole('button', { name: 'Have it begin again in Autumn firmware' }).hover();
    await page.getByRole('tooltip', { name: 'The campaign is over.' }).waitFor();
    await leave(page);
  });

  it('accepts and refuses devices that registered themselves', async () => {
    const { client } = world;
    const { account } = await client.getSession({});
    const params = { account: account.id };
    await client.editAccount({ params, body: { deviceAccess: { registration: 'approval' } } });
    const { secret } = await client.createGatewayToken({ params, body: {} });
    const headers = { authorization: `GatewayToken ${secret}` };
    for (const device of ['guest', 'stranger']) {
      await fetch(`${stage.url}/${account.id}/controller/v1/${device}`, { headers });
    }
    const page = await stage.enter('/devices?where=guest');
    await page.getByRole('cell', { name: 'ddi, waits' }).waitFor();
    await page.getByRole('link', { name: 'guest' }).click();
    await page.getByText('Waits to be accepted').waitFor();
    await lookAt(page, 'device-waits-1280');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByText('Waits to be accepted').waitFor({ state: 'detached' });
    expect((await client.getDevice({ params: { device: 'guest' } })).standing).toBe('accepted');
    await page.goto(`${stage.url}/devices/stranger`);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page
      .getByRole('dialog')
      .getByText(/It may register itself again/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
    expect((await client.countDevices({ query: { where: 'id = stranger' } })).count).toBe(0);
    await leave(page);
  });

  it('fits a telephone', async () => {
    const page = await stage.enter('/devices?where=tag%20%3D%20lab', 390);
    await page.getByRole('button', { name: 'Form' }).click();
    await page.getByRole('textbox', { name: 'Value of line 1' }).waitFor();
    await lookAt(page, 'devices-form-390');
    await leave(page);
  });

  it('has no barriers in the dark', async () => {
    const page = await stage.enter('/devices?where=tag%20%3D%20lab');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Form' }).click();
    await page.getByRole('textbox', { name: 'Value of line 1' }).waitFor();
    await lookAt(page, 'devices-form-dark');
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

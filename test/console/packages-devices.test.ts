import { createHash, randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { scrollAbout, watchBlanks } from '../support/blank-rows.ts';
import {
  barriersOf,
  hasBrowser,
  keepPicture,
  overflowOf,
  PATIENCE,
  type Stage,
  startStage,
} from '../support/browser.ts';
import { ADMIN, type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const MIB = 1024 * 1024;

describe.runIf(hasBrowser())('packages and devices in the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage.close());

  const look = async (page: Page, name: string): Promise<void> => {
    await keepPicture(page, name);
    expect({ name, barriers: await barriersOf(page) }).toEqual({ name, barriers: [] });
    expect({ name, overflow: await overflowOf(page) }).toEqual({ name, overflow: 0 });
  };
  const leave = (page: Page) => page.context().close();

  it('uploads a file in pieces that can be paused, and shows its checksum', async () => {
    const page = await stage.enter('/packages');
    const bytes = randomBytes(6 * MIB + 1);
    // So slow that there is a middle to pause in.
    await page.route('**/api/v1/uploads/*?offset=*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await route.continue();
    });
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'modem-os_3.2.0.bin', mimeType: 'application/octet-stream', buffer: bytes });
    const dialog = page.getByRole('dialog', { name: 'Upload a package' });
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('modem-os');
    const version = dialog.getByLabel('Version', { exact: true });
    expect(await version.inputValue()).toBe('3.2.0');
    await version.fill('');
    await dialog.getByLabel('Labels').fill('branch=main\nnothing');
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await dialog.getByText('Needed.').waitFor();
    await look(page, 'upload-dialog-1280');
    await version.fill('3.2.0');
    await dialog.getByLabel('Labels').fill('branch=main');
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText(/^1 MB of 6\.3 MB/).waitFor();
    await page.getByRole('button', { name: 'Pause modem-os_3.2.0.bin' }).click();
    await page.getByText(/^Paused at /).waitFor();
    await page.getByText(createHash('sha256').update(bytes).digest('hex')).waitFor();
    await look(page, 'upload-paused-1280');
    await page.getByRole('button', { name: 'Resume modem-os_3.2.0.bin' }).click();
    await page.getByText('Uploaded, 6.3 MB').waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: 'modem-os 3.2.0' }).waitFor();
    await page.getByText('No campaign sends it yet.').waitFor();
    await page.getByText('branch: main').waitFor();
    await look(page, 'package-1280');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Packages', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'modem-os', exact: true }).waitFor({ state: 'detached' });
    await leave(page);
  });

  it('keeps the bytes of an upload that is refused, for other words', async () => {
    const page = await stage.enter('/packages');
    const drop = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['some bytes'], 'gateway-os-2.1.0.bin'));
      return data;
    });
    const zone = page.getByText('Drop packages here to upload them').locator('..');
    await zone.dispatchEvent('dragover', { dataTransfer: drop });
    await zone.dispatchEvent('drop', { dataTransfer: drop });
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/There is a package of this name and version already/).waitFor();
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('button', { name: 'Put it right' }).click();
    await dialog.getByText(/The bytes are there already/).waitFor();
    await look(page, 'upload-refused-1280');
    await dialog.getByLabel('Version', { exact: true }).fill('2.1.1');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Uploaded, 10 B').waitFor();
    await page.getByRole('cell', { name: '2.1.1' }).waitFor();
    await look(page, 'packages-uploaded-1280');
    await leave(page);
  });

  it('filters packages, and says why one cannot be deleted', async () => {
    const page = await stage.enter('/packages?text=gateway', 390);
    await page.getByRole('link', { name: 'gateway-os' }).first().waitFor();
    await look(page, 'packages-390');
    await page.goto(`${stage.url}/packages?text=nothing`);
    await page.getByText('No package fits').waitFor();
    const { items } = await world.client.listPackages({ query: { text: 'gateway-os' } });
    const used = items.find(({ version }) => version === '2.1.0');
    await page.goto(`${stage.url}/packages/${used?.id}`);
    await page.getByRole('link', { name: 'Spring firmware 2.1.0' }).waitFor();
    await look(page, 'package-390');
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/It cannot be deleted/).waitFor();
    await dialog.getByText('Spring firmware 2.1.0').waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await look(page, 'package-in-use-390');
    await leave(page);
  });

  it('keeps text and form of a query in step, and saves it', async () => {
    const page = await stage.enter('/devices');
    const text = page.getByRole('textbox', { name: 'Search devices: an id, or a query' });
    await text.fill('model = "GW-2" and site in (oslo, berlin)');
    await page.getByText(/^\d+ match$/).waitFor();
    await page.getByRole('button', { name: 'Form' }).click();
    const form = page.getByRole('region', { name: 'Query as a form' });
    await expect.poll(() => form.getByRole('textbox', { name: 'Value of line 1' }).inputValue()).toBe('GW-2');
    await form.getByText('oslo').waitFor();
    await look(page, 'devices-form-1280');
    await form.getByRole('button', { name: 'Add a line' }).click();
    await form.getByRole('textbox', { name: 'Field of line 3' }).click();
    await page.getByRole('option', { name: 'Tag', exact: true }).click();
    await form.getByRole('textbox', { name: 'Value of line 3' }).fill('lab');
    await expect
      .poll(() => text.inputValue())
      .toBe('model = "GW-2" and attributes.site in ("oslo", "berlin") and tag = "lab"');
    await page.getByText('10 match').waitFor();
    await form.getByRole('button', { name: 'Remove line 1' }).click();
    await expect.poll(() => text.inputValue()).toBe('attributes.site in ("oslo", "berlin") and tag = "lab"');
    await page.getByRole('button', { name: 'Queries' }).click();
    await page.getByRole('textbox', { name: 'Name to save this query under' }).fill('Northern lab');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The query “Northern lab” is saved').waitFor();
    await text.fill('a = 1 and (b = 2 or c = 3)');
    await page.getByText('This query is nested deeper than a form shows: change it as text.').waitFor();
    await page.getByRole('button', { name: 'Queries' }).click();
    await page.getByRole('menuitem', { name: 'Northern lab' }).waitFor();
    await look(page, 'devices-queries-1280');
    await page.getByRole('menuitem', { name: 'Northern lab' }).click();
    await expect.poll(() => text.inputValue()).toBe('attributes.site in ("oslo", "berlin") and tag = "lab"');
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
    await look(page, 'import-1280');
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
    await look(page, 'import-preview-1280');
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
    await look(page, 'device-edit-1280');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('region', { name: 'Tags' }).getByText('north').waitFor();
    await look(page, 'device-over-1280');
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

  it('has no barriers in the dark', async () => {
    const page = await stage.enter('/packages');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('link', { name: 'gateway-os' }).first().click();
    await page.getByText('SHA-256').waitFor();
    await look(page, 'package-dark');
    await page.goto(`${stage.url}/devices?where=tag%20%3D%20lab`);
    await page.getByRole('button', { name: 'Form' }).click();
    await page.getByRole('textbox', { name: 'Value of line 1' }).waitFor();
    await look(page, 'devices-form-dark');
    await leave(page);
  });

  it('fits a telephone', async () => {
    const page = await stage.enter('/devices?where=tag%20%3D%20lab', 390);
    await page.getByRole('button', { name: 'Form' }).click();
    await page.getByRole('textbox', { name: 'Value of line 1' }).waitFor();
    await look(page, 'devices-form-390');
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

/** On a machine that does nothing else, a tenth of it: the server answers a jump in 10 to 80 ms with a million devices. */
const LONGEST_BLANK = 2_000;

describe.runIf(hasBrowser())('the list of a large fleet', { timeout: PATIENCE }, () => {
  const FLEET = 60_000;

  it('is gone through from end to end without rows that stay blank', async () => {
    const stage = await startStage({ MUSTER_IMPORT_LIMIT: '64m' });
    const { token } = await createClient({ url: stage.url }).signIn({ body: ADMIN });
    const client = createClient({ url: stage.url, token });
    const lines = Array.from({ length: FLEET }, (_, n) => `{"id":"gw-${String(n).padStart(5, '0')}"}\n`);
    const data = new Blob(lines);
    await client.importDevices({ bytes: { type: 'application/x-ndjson', data } });
    const page = await stage.enter('/devices');
    await page.getByRole('link', { name: 'gw-00003' }).waitFor();
    const over = await watchBlanks(page);
    await scrollAbout(page, [0.5, 0.9, 0.1, 1]);
    const { longest, times } = await over();
    console.log(`rows in sight were blank ${times} times, for ${longest} ms at the longest`);
    expect(longest).toBeLessThan(LONGEST_BLANK);
    await page.getByRole('link', { name: `gw-${FLEET - 1}` }).waitFor();
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(FLEET + 1));
    expect(stage.problems).toEqual([]);
    await stage.close();
  });
});

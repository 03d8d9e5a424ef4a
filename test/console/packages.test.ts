import { createHash, randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, PATIENCE, SOON, type Stage, startStage } from '../support/browser.ts';
import { lookAt } from '../support/console-look.ts';
import { type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const MIB = 1024 * 1024;

describe.runIf(hasBrowser())('packages in the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();

  it('uploads a file in pieces that can be paused, and shows its checksum', async () => {
    const page = await stage.enter('/packages');
    const bytes = randomBytes(6 * MIB + 1);
    // The second piece does not go off until somebody has paused, however slow that somebody is.
    let isHeld = true;
    await page.route('**/api/v1/uploads/*?offset=*', async (route) => {
      const isFirst = new URL(route.request().url()).searchParams.get('offset') === '0';
      if (isFirst || !isHeld) await route.continue();
    });
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'modem-os_3.2.0.bin', mimeType: 'application/octet-stream', buffer: bytes });
    const dialog = page.getByRole('dialog', { name: 'Upload a package' });
    await expect.poll(() => dialog.getByLabel('Name', { exact: true }).inputValue(), SOON).toBe('modem-os');
    const version = dialog.getByLabel('Version', { exact: true });
    await expect.poll(() => version.inputValue(), SOON).toBe('3.2.0');
    await version.fill('');
    await dialog.getByLabel('Labels').fill('branch=main\nnothing');
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await dialog.getByText('Needed.').waitFor();
    await lookAt(page, 'upload-dialog-1280');
    await version.fill('3.2.0');
    await dialog.getByLabel('Labels').fill('branch=main');
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText(/^1 MB of 6\.3 MB/).waitFor();
    await page.getByRole('button', { name: 'Pause modem-os_3.2.0.bin' }).click();
    await page.getByText(/^Paused at /).waitFor();
    isHeld = false;
    await page.getByText(createHash('sha256').update(bytes).digest('hex')).waitFor();
    await lookAt(page, 'upload-paused-1280');
    await page.getByRole('button', { name: 'Resume modem-os_3.2.0.bin' }).click();
    await page.getByText('Uploaded, 6.3 MB').waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: 'modem-os 3.2.0' }).waitFor();
    await page.getByText('No campaign sends it yet.').waitFor();
    await page.getByText('branch: main').waitFor();
    await lookAt(page, 'package-1280');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Packages', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'modem-os', exact: true }).waitFor({ state: 'detached' });
    await leave(page);
  });

  it('keeps the bytes of an upload that is refused, for other words', async () => {
    const page = await stage.enter('/packages');
    const drop = await page.evaluateHandle(`(() => {
      const data = new DataTransfer();
      data.items.add(new File(['some bytes'], 'gateway-os-2.1.0.bin'));
      return data;
    })()`);
    const zone = page.getByText('Drop packages here to upload them').locator('..');
    await zone.dispatchEvent('dragover', { dataTransfer: drop });
    await zone.dispatchEvent('drop', { dataTransfer: drop });
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/There is a package of this name and version already/).waitFor();
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('button', { name: 'Put it right' }).click();
    await dialog.getByText(/The bytes are there already/).waitFor();
    await lookAt(page, 'upload-refused-1280');
    await dialog.getByLabel('Version', { exact: true }).fill('2.1.1');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Uploaded, 10 B').waitFor();
    await page.getByRole('cell', { name: '2.1.1' }).waitFor();
    await lookAt(page, 'packages-uploaded-1280');
    await leave(page);
  });

  it('filters packages, and says why one cannot be deleted', async () => {
    const page = await stage.enter('/packages?text=gateway', 390);
    await page.getByRole('link', { name: 'gateway-os' }).first().waitFor();
    await lookAt(page, 'packages-390');
    await page.goto(`${stage.url}/packages?text=nothing`);
    await page.getByText('No package fits').waitFor();
    const { items } = await world.client.listPackages({ query: { text: 'gateway-os' } });
    const used = items.find(({ version }) => version === '2.1.0');
    await page.goto(`${stage.url}/packages/${used?.id}`);
    await page.getByRole('link', { name: 'Spring firmware 2.1.0' }).waitFor();
    await lookAt(page, 'package-390');
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/It cannot be deleted/).waitFor();
    await dialog.getByText('Spring firmware 2.1.0').waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await lookAt(page, 'package-in-use-390');
    await leave(page);
  });

  it('begins a campaign with the package', async () => {
    const { items } = await world.client.listPackages({ query: { text: 'gateway-os' } });
    const pack = items.find(({ version }) => version === '2.0.0');
    const page = await stage.enter(`/packages/${pack?.id}`);
    await page.getByRole('link', { name: 'New campaign' }).click();
    await page.getByRole('heading', { name: 'New campaign', level: 1 }).waitFor();
    await page.getByRole('region', { name: 'Packages' }).getByText('gateway-os 2.0.0').first().waitFor();
    await leave(page);
  });

  it('has no barriers in the dark', async () => {
    const page = await stage.enter('/packages');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('link', { name: 'gateway-os' }).first().click();
    await page.getByText('SHA-256').waitFor();
    await lookAt(page, 'package-dark');
    await leave(page);
  });

  it('neither breaks nor does what its policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client/muster.ts';
import { enrolFleet } from '../../src/simulator/enrol.ts';
import { type Fleet, startFleet } from '../../src/simulator/fleet.ts';
import { fleetImage } from '../../src/simulator/image.ts';
import { faultProfiles } from '../../src/simulator/profile.ts';
import { type FleetPlan, usualVersions } from '../../src/simulator/traits.ts';
import { hasBrowser, PATIENCE, type Stage, startStage, type Who } from '../support/browser.ts';
import { lookAt } from '../support/console-look.ts';
import { ADMIN } from '../support/console-world.ts';

const DEVICES = 40;
/** Contacts of a device come within six seconds. */
const SPEED = 600;
const NAME = 'Gateways to 2.0.0';

const plan: FleetPlan = {
  ...{ seed: 11, devices: DEVICES, prefix: 'site-', versions: usualVersions },
  mix: { ddi: 3, gateway: 1, lwm2m: 0, 'oma-dm': 0 },
  habits: { 'always-on': 0, interval: 1, night: 0, weekly: 0 },
  faults: faultProfiles.none,
};

const reviewer: Who = { email: 'grace@example.com', password: 'a long enough one' };

describe.runIf(hasBrowser())(
  'from an upload to a finished campaign, in the console',
  { timeout: PATIENCE },
  () => {
    let stage: Stage;
    let client: Client;
    let fleet: Fleet | undefined;
    beforeAll(async () => {
      stage = await startStage({ MUSTER_COMMAND_LEASE: '3s' });
      const { url } = stage;
      const { token } = await createClient({ url }).signIn({ body: ADMIN });
      client = createClient({ url, token });
      const { items } = await client.listRoles({});
      const role = items.find(({ name }) => name === 'Administrator')?.id ?? '';
      await client.createUser({ body: { ...reviewer, name: 'Grace Hopper', roleIds: [role] } });
      const { account } = await client.getSession({});
      await client.editAccount({ params: { account: account.id }, body: { approvalPolicy: 'another' } });
      const enrolled = await enrolFleet(client, plan, { key: 'console' });
      fleet = await startFleet({ plan, enrolled, server: url, speed: SPEED });
    }, PATIENCE);
    afterAll(async () => {
      await fleet?.stop();
      await stage?.close();
    });

    const leave = (page: Page) => page.context().close();
    const standing = (page: Page) => page.getByRole('heading', { level: 1 }).locator('..');
    const succeeded = async (): Promise<number> => {
      const { items } = await client.listCampaigns({ query: { text: NAME } });
      const { closed } = await client.countUpdates({ params: { campaign: items[0]?.id ?? '' } });
      return closed['succeeded'] ?? 0;
    };
    const find = async (page: Page): Promise<void> => {
      await page.goto(`${stage.url}/campaigns`);
      await page.getByRole('link', { name: NAME, exact: true }).click();
      await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
    };
    const act = async (page: Page, action: string, becomes: string): Promise<void> => {
      await page.getByRole('button', { name: action, exact: true }).click();
      const dialog = page.getByRole('dialog', { name: new RegExp(`^${action}`) });
      await dialog.getByRole('button', { name: action, exact: true }).click();
      const anyway = dialog.getByRole('button', { name: `${action} anyway` });
      const done = dialog.waitFor({ state: 'detached' });
      await Promise.race([done, anyway.waitFor().catch(() => undefined)]);
      if (await anyway.isVisible()) await anyway.click();
      await done;
      await standing(page).getByText(becomes, { exact: true }).waitFor();
    };

    it('uploads a package', async () => {
      const page = await stage.enter('/packages');
      await page.locator('input[type=file]').setInputFiles({
        name: 'gateway-os_2.0.0.bin',
        mimeType: 'application/octet-stream',
        buffer: fleetImage('2.0.0', 20_000),
      });
      const dialog = page.getByRole('dialog', { name: 'Upload a package' });
      await dialog.getByRole('button', { name: 'Upload' }).click();
      await page.getByText(/^Uploaded, /).waitFor();
      await lookAt(page, 'path-1-uploaded');
      await leave(page);
    });

    it('makes a campaign, which its author cannot approve', async () => {
      const page = await stage.enter('/campaigns/new');
      await page.getByRole('textbox', { name: 'Name of the campaign' }).fill(NAME);
      await page.getByRole('combobox', { name: /What to send/ }).click();
      await page.getByRole('option', { name: /gateway-os 2\.0\.0/ }).click();
      await page.getByRole('textbox', { name: 'Devices that match' }).fill('id contains "site-"');
      await page.getByRole('link', { name: `${DEVICES} devices match` }).waitFor();
      // Few at a time, so that there is a middle to pause in.
      const rollout = page.getByRole('radiogroup', { name: 'How devices are let in' });
      await rollout.getByText('All at once', { exact: true }).click();
      await page.getByRole('textbox', { name: 'In progress at a time' }).fill('4');
      await page.getByRole('button', { name: 'Review and create' }).click();
      const review = page.getByRole('dialog', { name: /^Review/ });
      await lookAt(page, 'path-2-review');
      await review.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
      await standing(page).getByText('Awaiting approval', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Actions' }).click();
      await page
        .getByRole('menuitem', { name: /^Approve/ })
        .getByText(/somebody else|another/i)
        .waitFor();
      await lookAt(page, 'path-3-waiting');
      await leave(page);
    });

    it('is found on the overview and approved by a second person', async () => {
      const page = await stage.enter('/', 1280, reviewer);
      await page.getByRole('link', { name: NAME }).first().waitFor();
      await lookAt(page, 'path-4-for-me');
      await page.getByRole('link', { name: NAME }).first().click();
      await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
      await act(page, 'Approve', 'Approved');
      await lookAt(page, 'path-5-approved');
      await leave(page);
    });

    it('starts, shows devices arrive, can be paused in the middle, and goes on', async () => {
      const page = await stage.enter('/');
      await find(page);
      await act(page, 'Start', 'Running');
      await expect.poll(succeeded, { timeout: 60_000, interval: 100 }).toBeGreaterThan(0);
      await act(page, 'Pause', 'Paused');
      const paused = await client.listCampaigns({ query: { text: NAME } });
      expect(paused.items[0]?.status).toBe('paused');
      await lookAt(page, 'path-6-paused');
      expect(await succeeded()).toBeLessThan(DEVICES);
      await act(page, 'Resume', 'Running');
      await page.getByRole('link', { name: `Succeeded: ${DEVICES} devices` }).waitFor({ timeout: 120_000 });
      await standing(page).getByText('Ended', { exact: true }).waitFor();
      await lookAt(page, 'path-7-ended');
      await leave(page);
    });

    it('ended in truth: every device runs what was sent, and the pages of a device and the audit say so', async () => {
      const truths = [...(fleet?.devices() ?? [])];
      expect(truths.filter(({ runs }) => runs === '2.0.0')).toHaveLength(DEVICES);
      const page = await stage.enter('/', 390);
      const known = truths[0]?.device ?? '';
      await page.goto(`${stage.url}/devices/${known}`);
      await page.getByText('2.0.0').first().waitFor();
      await lookAt(page, 'path-8-device-390');
      await page.goto(`${stage.url}/settings?part=audit&action=campaign-approved`);
      await page.getByRole('row', { name: /Campaign approved.*Grace Hopper/ }).waitFor();
      await leave(page);
    });

    it('neither breaks nor does what its policy forbids', () => {
      expect(stage.problems).toEqual([]);
    });
  },
);

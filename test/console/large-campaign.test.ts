import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { scrollAbout, watchBlanks } from '../support/blank-rows.ts';
import { hasBrowser, PATIENCE, SOON, startStage } from '../support/browser.ts';
import { ADMIN } from '../support/console-world.ts';

/** On a machine that does nothing else, a twentieth of it. */
const LONGEST_BLANK = 4_000;

describe.runIf(hasBrowser())('the devices of a large campaign', { timeout: PATIENCE }, () => {
  const FLEET = 20_000;

  it('are gone through from end to end without rows that stay blank', async () => {
    const stage = await startStage({ MUSTER_IMPORT_LIMIT: '64m' });
    onTestFinished(() => stage.close());
    const { token } = await createClient({ url: stage.url }).signIn({ body: ADMIN });
    const client = createClient({ url: stage.url, token });
    const lines = Array.from({ length: FLEET }, (_, n) => `{"id":"gw-${String(n).padStart(5, '0')}"}\n`);
    await client.importDevices({ bytes: { type: 'application/x-ndjson', data: new Blob(lines) } });
    const { id } = await client.createCampaign({ body: { name: 'Everyone' } });
    const params = { campaign: id };
    await client.addCampaignDevicesByQuery({ params, body: { expression: '' } });
    await expect.poll(async () => (await client.countUpdates({ params })).total, SOON).toBe(FLEET);
    const page = await stage.enter(`/campaigns/${id}`);
    await page.getByRole('link', { name: 'gw-00003' }).waitFor();
    await page.evaluate('scrollTo(0, 1_500)');
    await page.getByRole('link', { name: 'gw-00030' }).waitFor();
    const over = await watchBlanks(page);
    await scrollAbout(page, [0.5, 0.9, 0.3, 1]);
    const { longest, times } = await over();
    console.log(`rows in sight were blank ${times} times, for ${longest} ms at the longest`);
    expect(longest).toBeLessThan(LONGEST_BLANK);
    await page.getByRole('link', { name: `gw-${FLEET - 1}` }).waitFor();
    expect(stage.problems).toEqual([]);
  });
});

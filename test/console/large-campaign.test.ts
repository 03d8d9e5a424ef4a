import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { scrollWell } from '../support/blank-rows.ts';
import { hasBrowser, PATIENCE, SOON, startStage } from '../support/browser.ts';
import { ADMIN } from '../support/console-world.ts';

// With a million devices: `node test/bench/scroll.ts`.
describe.runIf(hasBrowser())('the devices of a large campaign', { timeout: PATIENCE }, () => {
  const FLEET = 20_000;
  const OUT = 6_000;

  it('are gone through from end to end without rows that stay blank, all and some', async () => {
    const stage = await startStage();
    onTestFinished(() => stage.close());
    const { token } = await createClient({ url: stage.url }).signIn({ body: ADMIN });
    const client = createClient({ url: stage.url, token });
    const ids = Array.from({ length: FLEET }, (_, n) => `gw-${String(n).padStart(5, '0')}`);
    const data = new Blob(ids.map((id) => `{"id":"${id}"}\n`));
    await client.importDevices({ bytes: { type: 'application/x-ndjson', data } });
    const { id } = await client.createCampaign({ body: { name: 'Everyone' } });
    const params = { campaign: id };
    await client.addCampaignDevicesByQuery({ params, body: { expression: '' } });
    await expect.poll(async () => (await client.countUpdates({ params })).total, SOON).toBe(FLEET);
    const out = ids.filter((_, n) => n % 3 === 0).slice(0, OUT);
    await client.removeCampaignDevices({ params, body: { devices: out } });

    const page = await stage.enter(`/campaigns/${id}`);
    const link = (name: string | undefined) => page.getByRole('link', { name: name ?? '', exact: true });
    await link('gw-00003').waitFor();
    await page.evaluate('scrollTo(0, 1_500)');
    await link('gw-00030').waitFor();
    expect(await scrollWell(page, 'all of the campaign', [0.5, 0.3, 1])).toMatchObject({ isWell: true });
    await link(ids.at(-1)).waitFor();

    const table = page.getByRole('table', { name: 'Devices of the campaign' });
    for (const [what, search, last, many] of [
      ['those of a state', 'position=pending', ids.at(-1), FLEET - OUT],
      ['those of a reason', 'outcome=removed&reason=removed-from-campaign', out.at(-1), OUT],
    ] as const) {
      await page.goto(`${stage.url}/campaigns/${id}?${search}`);
      await expect.poll(() => table.getAttribute('aria-rowcount'), SOON).toBe(String(many + 1));
      expect(await scrollWell(page, what, [0.5, 1])).toMatchObject({ isWell: true });
      await link(last).waitFor();
    }
    expect(stage.problems).toEqual([]);
  });
});

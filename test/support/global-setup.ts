import type { TestProject } from 'vitest/node';
import { NO_POSTGRES, startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which tests create their databases; absent where there is no PostgreSQL. */
    postgresUrl: string | undefined;
  }
}

/** One PostgreSQL cluster for the whole run. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await startPostgres();
  if (server === undefined) console.warn(`${NO_POSTGRES}: tests that need it are skipped`);
  project.provide('postgresUrl', server?.url);
  return async () => server?.stop();
};

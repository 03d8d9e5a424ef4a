import { startPostgres } from '../support/postgres.ts';

export const engines = ['SQLite', 'PostgreSQL'] as const;
export type EngineName = (typeof engines)[number];

/** A whole number out of a text, or an error that names the option. */
export const wholeNumber = (name: string, text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--${name}: expected a whole number, got ${text}`);
  return number;
};

/** The engines that `--engine` names; all without. */
export const enginesOf = (name: string | undefined): readonly EngineName[] => {
  if (name === undefined) return engines;
  const found = engines.filter((engine) => engine.toLowerCase() === name.toLowerCase());
  if (found.length === 0) throw new Error(`--engine: expected sqlite or postgresql, got ${name}`);
  return found;
};

/** Does the work for each engine, with the address of a PostgreSQL server where it needs one. */
export async function* onEach<Found>(
  names: readonly EngineName[],
  work: (engine: EngineName, postgres: string | undefined) => Promise<readonly Found[]>,
): AsyncGenerator<Found> {
  const server = names.includes('PostgreSQL') ? await startPostgres() : undefined;
  try {
    for (const engine of names) {
      if (engine === 'PostgreSQL' && server === undefined) throw new Error('PostgreSQL is not installed');
      yield* await work(engine, engine === 'PostgreSQL' ? server?.url : undefined);
    }
  } finally {
    await server?.stop();
  }
}

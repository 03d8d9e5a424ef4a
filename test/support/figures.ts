import { mkdir, writeFile } from 'node:fs/promises';

/** What a run has found of one of the figures, which `test/figures/goals.ts` lists. */
export type Figure = {
  readonly id: string;
  /** What of it was measured, where several runs share a figure: an engine, a size. */
  readonly part?: string;
  /** In words fit for a table. */
  readonly result: string;
  readonly pass: boolean;
  /** What makes the run the same again; null where nothing is drawn. */
  readonly seed: number | null;
  /** The day, as 2026-11-21. */
  readonly date: string;
  readonly command: string;
};

/** Where the runs of this checkout leave their figures, a file for each. */
export const figuresDirectory = new URL('../../.test-artifacts/figures/', import.meta.url);

/** Leaves a figure for `npm run figures`, in place of an earlier one of the same part. */
export const noteFigure = async (figure: Omit<Figure, 'date'>): Promise<void> => {
  const { id, part } = figure;
  const name = [id, part]
    .filter((word) => word !== undefined)
    .join(' ')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  await mkdir(figuresDirectory, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(
    new URL(`${name}.json`, figuresDirectory),
    `${JSON.stringify({ ...figure, date }, null, 2)}\n`,
  );
};

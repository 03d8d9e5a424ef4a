import { describe, expect, inject, it } from 'vitest';
import { noteFigure } from '../support/figures.ts';
import { checkHistories } from './linear/linear.ts';
import type { EngineName } from './options.ts';

const server = inject('postgresUrl');
const size = { ops: 1_500, every: 150, seed: 20_261_121 };
const PATIENCE = { timeout: 300_000 };

const check = async (engine: EngineName, postgres: string | undefined): Promise<void> => {
  const finding = await checkHistories(engine, postgres, size);
  await noteFigure({ ...finding, command: 'npm test' });
  expect(finding).toMatchObject({ pass: true });
};

describe('what eight clients see of a campaign and its device, while the server dies now and then', () => {
  it('could have happened in one order, on SQLite', PATIENCE, () => check('SQLite', undefined));

  it.skipIf(server === undefined)('could have happened in one order, on PostgreSQL', PATIENCE, () =>
    check('PostgreSQL', server),
  );
});

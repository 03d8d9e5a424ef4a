import { expect } from 'vitest';
import { findingsOf, runKills } from '../endurance/kill/kills.ts';
import type { EngineName } from '../endurance/options.ts';
import type { Finding } from '../endurance/scenario.ts';
import { noteFigure } from './figures.ts';

/** CI has more patience than somebody who waits for a run of all tests. */
export const isCi = process.env['CI'] === 'true';

export const KILLS_TIMEOUT = 1_800_000;

/** Leaves figures for the table of them, as what the tests have found. */
export const leave = async (findings: readonly Finding[]): Promise<void> => {
  for (const finding of findings) await noteFigure({ ...finding, command: 'npm test' });
};

/** 200 kills in CI, a few elsewhere; the command does 1,000. What a restart takes is told in processor time: others use the machine too. */
export const expectKills = async (engine: EngineName, postgres?: string): Promise<void> => {
  const kills = isCi ? 200 : 8;
  const sizes = { operators: 2, reporters: 16, endpoints: 2, fleet: 20 };
  const options = { seed: 1, kills, killsPerAudit: kills / 4, longest: isCi ? 300 : 600, sizes };
  const report = await runKills(options, postgres);
  await leave(findingsOf(engine, options.seed, report, 'processor'));
  expect(report.flaws).toEqual([]);
  expect([...report.invariants, ...report.audits]).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(kills);
  expect(report.pushed).toBeGreaterThan(0);
};

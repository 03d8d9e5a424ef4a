import { expect, it } from 'vitest';
import type { Change } from '../../src/app/writes.ts';
import { openMemory } from '../../src/store/memory.ts';
import { noteFigure } from '../support/figures.ts';
import { playInterleavings } from './interleavings/interleavings.ts';

const SEED = 20_261_121;
const PATIENCE = { timeout: 300_000 };

it(
  'use cases at once leave nothing wrong, in whatever order their reads and writes are made',
  PATIENCE,
  async () => {
    const finding = await playInterleavings(1_000, SEED);
    await noteFigure({ ...finding, command: 'npm test' });
    expect(finding).toMatchObject({ pass: true });
  },
);

it('use cases at once are found out when caps are not looked at as they are written', PATIENCE, async () => {
  const careless = () => {
    const store = openMemory();
    return { ...store, commit: (change: Change) => store.commit({ ...change, limits: [] }) };
  };
  expect(await playInterleavings(1_000, SEED, careless)).toMatchObject({ pass: false });
});

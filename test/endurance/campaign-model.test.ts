import { expect, it } from 'vitest';
import { noteFigure } from '../support/figures.ts';
import { playCampaigns } from './model/model.ts';

const SEED = 20_261_121;

const PATIENCE = { timeout: 300_000 };

it('campaigns do what the table of states says, whatever is asked over either wire', PATIENCE, async () => {
  const finding = await playCampaigns(300, SEED);
  await noteFigure({ ...finding, command: 'npm test' });
  expect(finding).toMatchObject({ pass: true });
});

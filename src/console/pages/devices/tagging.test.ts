import { expect, it } from 'vitest';
import type { Client } from '../../../client/muster.ts';
import { newTagging, type Tagging } from './tagging.ts';

const piece = { changed: 2, unchanged: 1, failed: 0, problem: null };

const play = async (answers: readonly (object | Error)[], which: Parameters<typeof newTagging>[1]) => {
  const asked: unknown[] = [];
  const told: Tagging[] = [];
  const tagDevices = async ({ body }: { readonly body: unknown }) => {
    const answer = answers[asked.length];
    asked.push(body);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const client = { tagDevices } as unknown as Client;
  const change = { add: ['a'], remove: [] };
  await newTagging(client, which, change, (one) => told.push(one), new AbortController().signal);
  return { asked, last: told.at(-1), told };
};

it('goes on with the cursor of the piece before, and adds up', async () => {
  const { asked, last } = await play(
    [
      { ...piece, next: 'k9' },
      { ...piece, failed: 1, problem: 'too many', next: null },
    ],
    { expression: 'tag = x' },
  );
  expect(asked).toEqual([
    { add: ['a'], remove: [], expression: 'tag = x' },
    { add: ['a'], remove: [], expression: 'tag = x', cursor: 'k9' },
  ]);
  expect(last).toEqual({ status: 'done', seen: 7, changed: 4, failed: 1, problem: 'too many' });
});

it('names a thousand devices in a call at most', async () => {
  const devices = Array.from({ length: 2_100 }, (_, n) => `d${n}`);
  const answers = Array.from({ length: 3 }, () => ({ ...piece, next: null }));
  const { asked } = await play(answers, { devices });
  expect(asked.map((body) => (body as { devices: string[] }).devices.length)).toEqual([1_000, 1_000, 100]);
});

it('tells what was done when the server ends it', async () => {
  const error = new Error('gone');
  const { last } = await play([{ ...piece, next: 'k9' }, error], { expression: '' });
  expect(last).toEqual({ status: 'stopped', seen: 3, changed: 2, failed: 0, problem: null, error });
});

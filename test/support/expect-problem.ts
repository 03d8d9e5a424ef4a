import { expect } from 'vitest';
import { Problem } from '../../src/wire/muster/common.ts';
import type { Reply } from './api.ts';
import { takes } from './sample-body.ts';

/** A refusal as it must be: a problem document that says what was expected and what came. */
export const expectProblem = (
  reply: Reply,
  statuses: number | readonly number[] = [400, 413, 415, 422],
): void => {
  expect([statuses].flat(), JSON.stringify(reply.body)).toContain(reply.status);
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(takes(Problem, reply.body), JSON.stringify(reply.body)).toBe(true);
  expect(reply.body.status).toBe(reply.status);
  expect(reply.body.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(reply.body.detail).toMatch(/expected/i);
  expect(reply.body.detail.length).toBeLessThan(2_000);
};

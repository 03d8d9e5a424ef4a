import { describe, expect, it } from 'vitest';
import { requestIds } from './request-id.ts';

const prefix = '0f8fad5b-d9cb-469f-a165-';

describe('the ids of requests', () => {
  it('have the form of UUIDs, and none comes twice', () => {
    const next = requestIds(() => `${prefix}70867728950e`);
    const ids = Array.from({ length: 300 }, next);
    expect(new Set(ids).size).toBe(300);
    expect(ids[0]).toBe(`${prefix}000000000001`);
    expect(ids[299]).toBe(`${prefix}00000000012c`);
  });
});

import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../domain/refusal.ts';
import { errorOf } from './errors.ts';

describe('a refusal', () => {
  it.each<readonly [Refusal, http: number, code: string, message: string]>([
    [{ code: 'not-found', entity: 'campaign', id: 'c1' }, 400, 'INVALID_PARAMETER', 'Campaign not found'],
    [{ code: 'not-found', entity: 'account', id: 'A' }, 400, 'INVALID_PARAMETER', 'Account not found'],
    [
      { code: 'not-found', entity: 'job', id: 'j1' },
      400,
      'INVALID_PARAMETER',
      'There is no job "j1" in this account.',
    ],
    [
      { code: 'forbidden', permission: 'Start Campaign' },
      400,
      'INVALID_ACCESS',
      'This needs the permission "Start Campaign" in this account.',
    ],
    [
      { code: 'changed-meanwhile', entity: 'campaign', id: 'c1' },
      400,
      'INVALID_PARAMETER',
      'The campaign "c1" was changed since it was read. Read it again and repeat with its new version.',
    ],
    [{ code: 'too-large', limit: 10 }, 413, 'REQUEST_TOO_LARGE', 'The body may have at most 10 bytes.'],
    [
      { code: 'too-many-requests', retryAt: 0 },
      429,
      'TOO_MANY_REQUESTS',
      'Try again at 1970-01-01T00:00:00.000Z.',
    ],
  ])('%o leaves as %i %s', (refusal, http, errorCode, errorMessage) => {
    expect(errorOf(refusal)).toEqual({ http, body: { errorCode, errorMessage } });
  });

  it('for want of space is the server’s, not the caller’s', () => {
    expect(errorOf({ code: 'storage-full' })).toMatchObject({
      http: 507,
      body: { errorCode: 'INTERNAL_SYSTEM_ERROR' },
    });
  });
});

import type { Refusal } from '../domain/refusal.ts';
import type { Result } from '../domain/result.ts';

/** What two writers at once cannot both have is tried again: no report may be lost to a busy moment. */
export const insist = async <Value>(
  attempt: () => Promise<Result<Value, Refusal>>,
): Promise<Result<Value, Refusal>> => {
  for (let left = 5; left > 0; left -= 1) {
    const result = await attempt();
    if (result.ok || result.refusal.code !== 'changed-meanwhile') return result;
  }
  return attempt();
};

import type { Client } from '../../../client/muster.ts';
import type { TagReport } from '../../../wire/muster/device-tags.ts';

/** How far a change of many devices' tags is; `problem` is why the first of those failed that did. */
export type Tagging = {
  readonly status: 'idle' | 'busy' | 'stopped' | 'done';
  readonly seen: number;
  readonly changed: number;
  readonly failed: number;
  readonly problem: string | null;
  /** What ended it before its time. */
  readonly error?: unknown;
};

type Which = { readonly devices: readonly string[] } | { readonly expression: string };
type Change = { readonly add: readonly string[]; readonly remove: readonly string[] };

/** Devices named in one call. */
const MOST_NAMED = 1_000;

/** The calls that it takes, one after the other. */
async function* pieces(
  { tagDevices }: Pick<Client, 'tagDevices'>,
  which: Which,
  change: Change,
  signal: AbortSignal,
): AsyncGenerator<TagReport> {
  const asked = { add: [...change.add], remove: [...change.remove] };
  if ('devices' in which) {
    for (let from = 0; from < which.devices.length; from += MOST_NAMED) {
      const devices = which.devices.slice(from, from + MOST_NAMED);
      yield await tagDevices({ body: { ...asked, devices }, signal });
    }
    return;
  }
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const at = cursor === undefined ? {} : { cursor };
    const report: TagReport = await tagDevices({ body: { ...asked, ...which, ...at }, signal });
    yield report;
    cursor = report.next;
  }
}

/** Goes through the devices piece by piece, and tells how far it is; what was changed stays changed when it is stopped. */
export const newTagging = async (
  client: Pick<Client, 'tagDevices'>,
  which: Which,
  change: Change,
  tell: (tagging: Tagging) => void,
  signal: AbortSignal,
): Promise<void> => {
  let now: Tagging = { status: 'busy', seen: 0, changed: 0, failed: 0, problem: null };
  tell(now);
  try {
    for await (const { changed, unchanged, failed, problem } of pieces(client, which, change, signal)) {
      now = {
        status: 'busy',
        seen: now.seen + changed + unchanged + failed,
        changed: now.changed + changed,
        failed: now.failed + failed,
        problem: now.problem ?? problem,
      };
      tell(now);
    }
    tell({ ...now, status: 'done' });
  } catch (error) {
    tell({ ...now, status: 'stopped', ...(!signal.aborted && { error }) });
  }
};

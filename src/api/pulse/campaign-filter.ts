import type { Caller } from '../../app/caller.ts';
import type { CampaignFilter } from '../../app/lists.ts';
import type { Store } from '../../app/ports.ts';
import { resolveDestination } from '../../app/pulse-definitions.ts';
import type { CampaignStatus } from '../../domain/campaign.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { CallbackTopic } from '../../wire/pulse/callbacks.ts';
import type { ListQuery } from '../../wire/pulse/campaigns.ts';
import { campaignStatuses, type PulseCampaignStatus } from './states.ts';

type Deps = { readonly store: Store };

const behind: Readonly<Record<PulseCampaignStatus, readonly CampaignStatus[]>> = {
  CREATED: ['draft', 'scheduled'],
  APPROVAL_NEEDED: ['awaiting-approval'],
  APPROVED: ['approved', 'scheduled'],
  STARTED: ['running', 'paused'],
  STOPPED: ['stopped', 'ended', 'cancelled', 'rejected', 'failed'],
};

/** Which scheduled campaigns are meant: those under this policy, or all where both words for them are asked for. */
const scheduledUnder = (asked: ReadonlySet<PulseCampaignStatus>): Pick<CampaignFilter, 'scheduledUnder'> => {
  const [created, approved] = [asked.has('CREATED'), asked.has('APPROVED')];
  return created === approved ? {} : { scheduledUnder: created ? 'no-approval' : 'approval' };
};

const given = (values: readonly string[] = []): readonly string[] => values.filter((value) => value !== '');

type Statuses = Pick<CampaignFilter, 'statuses' | 'scheduledUnder'>;

/** The campaigns that this wire shows in one of these statuses. */
export const fromStatuses = (words: readonly string[]): Result<Statuses, Refusal> => {
  const strange = words.find((word) => !campaignStatuses.some((status) => status === word));
  if (strange !== undefined) {
    const expected = `one of ${campaignStatuses.join(', ')}`;
    return refused({ code: 'invalid', field: 'status', expected, got: JSON.stringify(strange) });
  }
  const asked = new Set(campaignStatuses.filter((status) => words.includes(status)));
  const statuses = new Set([...asked].flatMap((status) => behind[status]));
  return ok({ statuses: [...statuses], ...scheduledUnder(asked) });
};

/** The campaigns that call a destination back about a topic. */
const callingBack = async (
  deps: Deps,
  caller: Caller,
  topic: CallbackTopic,
  id: string | undefined,
): Promise<readonly string[] | undefined> => {
  if (id === undefined || id === '') return undefined;
  const resolved = await resolveDestination(deps, caller, id);
  if (!resolved.ok) return [];
  const { destinationId } = resolved.value;
  const subscriptions = await deps.store.subscriptions.ofDestination(caller.account.key, destinationId);
  return subscriptions
    .filter((one) => one.wire === 'pulse' && one.topic === topic)
    .map(({ campaignId }) => campaignId)
    .filter((campaignId) => campaignId !== null);
};

/** What is in all of the lists that there are; `undefined` without any. */
const inAll = (lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined =>
  lists
    .filter((list) => list !== undefined)
    .reduce<readonly string[] | undefined>(
      (kept, list) => (kept === undefined ? list : kept.filter((id) => list.includes(id))),
      undefined,
    );

/** Which campaigns a query asks for (reference 7, row 11); `undefined` when it can be none. */
export const filterOf = async (
  deps: Deps,
  caller: Caller,
  query: ListQuery,
): Promise<Result<CampaignFilter | undefined, Refusal>> => {
  const statuses = fromStatuses(given(query.status));
  if (!statuses.ok) return statuses;
  const asked = given(query.id);
  const ids = inAll([
    asked.length === 0 ? undefined : asked,
    // Names of older versions for what is called back before a delivery and after it (reference 5.1).
    await callingBack(deps, caller, 'wake-up', query.preDeliveryCallback),
    await callingBack(deps, caller, 'completed', query.postDeliveryCallback),
  ]);
  if (ids?.length === 0) return ok(undefined);
  return ok({
    ...statuses.value,
    ids: ids ?? [],
    text: query.name ?? '',
    description: query.description ?? '',
    packageIds: given(query.packages),
    createdFrom: Number(query.creationTime ?? 0),
  });
};

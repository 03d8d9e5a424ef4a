import { type Assignment, checkIn, type DeviceReport, type NoteGate, report } from '../../app/check-in.ts';
import type { StoredJob } from '../../app/job-records.ts';
import type { UpdateFilter } from '../../app/lists.ts';
import { newMarks } from '../../app/marks.ts';
import {
  addDevices,
  addDevicesByQuery,
  closeDevice,
  getJob,
  getMember,
  getUpdateLog,
  listDeviceUpdates,
  listJobs,
  listMembers,
  type Member,
  recallDevice,
  removeDevices,
  scheduleDevice,
  setDevicePackages,
} from '../../app/members.ts';
import type { Clock, Ids, Store } from '../../app/ports.ts';
import { getQuery } from '../../app/queries.ts';
import {
  type ListedUpdate,
  type LogEntry,
  logLimits,
  type StoredUpdate,
  type UpdateLog,
} from '../../app/records.ts';
import type { Waker } from '../../app/waker.ts';
import { positions } from '../../domain/position.ts';
import type { RefusalOf } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Instant, Slot } from '../../domain/time.ts';
import type {
  Job,
  memberRoutes,
  Report,
  Assignment as ShownAssignment,
  UpdateLog as ShownLog,
  Update,
} from '../../wire/muster/members.ts';
import type { QueryOf } from '../../wire/muster/route.ts';
import type { Handlers } from './call.ts';
import {
  fromInstant,
  fromMaybeInstant,
  fromPaging,
  pageOfSlice,
  sliceFrom,
  toInstant,
  toMarks,
  toMaybeInstant,
  toPage,
  toSeen,
} from './map.ts';
import { mapped } from './mapped.ts';

const toSlot = ({ begin, end }: Slot) => ({ begin: toInstant(begin), end: toMaybeInstant(end) });

const toUpdate = (update: StoredUpdate, campaign: string, device: string): Update => {
  const { download, execution, activation } = update.slots;
  const closed = update.status === 'closed' ? update : undefined;
  return {
    campaign,
    device,
    position: update.position,
    since: toInstant(update.since),
    generation: update.generation,
    attempt: update.attempt,
    notBefore: update.status === 'open' ? toSeen(update.notBefore) : null,
    outcome: closed?.outcome ?? null,
    reason: closed === undefined || closed.reason === 'none' ? null : closed.reason,
    message: closed === undefined || closed.message === '' ? null : closed.message,
    recalled: update.status === 'open' && update.recall !== null ? { ...update.recall } : null,
    heardAt: toInstant(update.heardAt),
    slots: {
      ...(download && { download: toSlot(download) }),
      ...(execution && { execution: toSlot(execution) }),
      ...(activation && { activation: toSlot(activation) }),
    },
    packages: update.packages === null ? null : [...update.packages],
    revision: update.version,
  };
};

/** A device of a list, as this wire writes it. */
export const toListed = (update: ListedUpdate): Update =>
  toUpdate(update, update.campaignId, update.deviceId);
const toMember = ({ campaign, device, update }: Member): Update => toUpdate(update, campaign.id, device.id);

const toLog = ({ total, entries }: UpdateLog): ShownLog => ({ total, entries: entries.map(toEntry) });

/** What a device said, as this wire writes it. */
export const toEntry = ({
  n,
  at,
  word,
  result,
  code,
  progress,
  lines,
}: UpdateLog['entries'][number]): ShownLog['entries'][number] => ({
  ...{ n, at: toInstant(at), word, result, code },
  progress: progress && { ...progress },
  lines: [...lines],
});

/** A piece of large work, as this wire writes it. */
export const toJob = (job: StoredJob): Job => ({
  id: job.id,
  campaign: job.campaignId,
  work: job.work.type,
  status: job.status,
  done: job.done,
  total: job.total,
  problem: job.problem === '' ? null : job.problem,
  createdBy: job.createdBy,
  createdAt: toInstant(job.createdAt),
  finishedAt: toMaybeInstant(job.finishedAt),
});

const fromReport = (body: Report): DeviceReport => {
  if ('phase' in body) return { type: 'progress', phase: body.phase, step: body.step };
  if ('failure' in body) return { type: 'failure', reason: body.failure, message: body.message ?? '' };
  if ('reset' in body) return { type: 'reset', step: body.reset };
  return { type: 'rejection', message: body.message ?? '' };
};

const wordsOf = (body: Report): Pick<LogEntry, 'word' | 'result'> => {
  if ('phase' in body) return { word: `${body.phase}-${body.step}`, result: 'none' };
  if ('failure' in body) return { word: body.failure, result: 'failure' };
  return 'reset' in body
    ? { word: `reset-${body.reset}`, result: 'none' }
    : { word: 'rejected', result: 'failure' };
};

/** A report as it is kept in the log, so that a device which repeats itself is not taken for silent. */
const toLogEntry = (body: Report, at: Instant): LogEntry => ({
  ...{ at, ...wordsOf(body), code: null, progress: null },
  lines: 'message' in body && body.message !== undefined ? linesOf(body.message) : [],
});

const linesOf = (message: string): readonly string[] =>
  message
    .split('\n')
    .slice(0, logLimits.lines)
    .map((line) => line.slice(0, logLimits.line));

const toAssignment = (assignment: Assignment | undefined, baseUrl: string): ShownAssignment => ({
  campaign: assignment?.campaign.id ?? null,
  due: assignment?.due ?? null,
  position: assignment?.update.position ?? null,
  until: toMaybeInstant(assignment?.until ?? null),
  packages: (assignment?.due === undefined ? [] : assignment.packages).map((pack) => ({
    id: pack.id,
    name: pack.name,
    version: pack.version,
    kind: pack.kind,
    size: pack.digests.size,
    sha256: pack.digests.sha256,
    url: `${baseUrl}/packages/${pack.id}/bytes`,
  })),
});

type Deps = {
  readonly noteGate?: NoteGate | undefined;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly baseUrl: () => string;
  readonly waker: Pick<Waker, 'wake'>;
  readonly wake: () => void;
};

type FilterQuery = NonNullable<QueryOf<(typeof memberRoutes)['getCampaignDeviceMarks']>>;

const fromFilter = (query: FilterQuery): Result<UpdateFilter, RefusalOf<'invalid'>> => {
  const { position: asked = [], outcome = [], open = null, reason = [], wave } = query;
  const strange = asked.find((position) => !positions.some((known) => known === position));
  if (strange !== undefined) {
    return refused({ code: 'invalid', field: 'position', expected: positions.join(', '), got: strange });
  }
  const known = positions.filter((position) => asked.includes(position));
  return ok({ positions: known, outcomes: outcome, open, reasons: reason, wave });
};

export const memberHandlers = (deps: Deps): Handlers<typeof memberRoutes> => {
  const marks = newMarks(deps);
  return {
    listCampaignDevices: async ({ caller, params, query }) => {
      const page = fromPaging(query);
      if (!page.ok) return page;
      const filter = fromFilter(query);
      if (!filter.ok) return filter;
      const { offset: skip } = query;
      const found =
        skip === undefined
          ? await listMembers(deps, caller, params.campaign, filter.value, page.value)
          : mapped(
              await marks.sliceMembers(caller, params.campaign, filter.value, sliceFrom(skip, page.value)),
              (slice) => pageOfSlice(slice, page.value, ({ device }) => device),
            );
      return mapped(found, (members) => toPage(members, toListed));
    },
    getCampaignDeviceMarks: async ({ caller, params, query }) => {
      const filter = fromFilter(query);
      return filter.ok
        ? mapped(await marks.ofMembers(caller, params.campaign, filter.value), toMarks)
        : filter;
    },
    addCampaignDevices: ({ caller, params, body }) => addDevices(deps, caller, params.campaign, body.devices),
    addCampaignDevicesByQuery: async ({ caller, params, body }) => {
      const saved =
        'query' in body ? await getQuery(deps, caller, body.query) : ok({ expression: body.expression });
      if (!saved.ok) return saved;
      const job = await addDevicesByQuery(deps, caller, params.campaign, saved.value.expression);
      deps.wake();
      return mapped(job, toJob);
    },
    removeCampaignDevices: ({ caller, params, body }) =>
      removeDevices(deps, caller, params.campaign, body.devices),
    getCampaignDevice: async ({ caller, params }) =>
      mapped(await getMember(deps, caller, params.campaign, params.device), toMember),
    getCampaignDeviceLog: async ({ caller, params }) =>
      mapped(await getUpdateLog(deps, caller, params), toLog),
    recallCampaignDevice: async ({ caller, params, body }) =>
      mapped(await recallDevice(deps, caller, params, body.message ?? ''), toMember),
    closeCampaignDevice: async ({ caller, params, body }) =>
      mapped(await closeDevice(deps, caller, params, body.message ?? ''), toMember),
    setDeviceSlot: async ({ caller, params, body }) => {
      const begin = body.begin === undefined ? deps.clock() : fromInstant(body.begin);
      const slot = { begin, end: fromMaybeInstant(body.end ?? null) };
      return mapped(await scheduleDevice(deps, caller, params, params.phase, slot), toMember);
    },
    setDevicePackages: async ({ caller, params, body }) =>
      mapped(await setDevicePackages(deps, caller, params, body.packages), toMember),
    reportUpdate: async ({ caller, params, body }) =>
      mapped(await report(deps, caller, params, fromReport(body), toLogEntry(body, deps.clock())), toMember),
    checkIn: async ({ caller, params }) => {
      const device = await deps.store.devices.find(caller.account.key, params.device);
      if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: params.device });
      return mapped(await checkIn(deps, caller, device), (found) => toAssignment(found, deps.baseUrl()));
    },
    listDeviceUpdates: async ({ caller, params }) =>
      mapped(await listDeviceUpdates(deps, caller, params.device), (items) => ({
        items: items.map(toListed),
      })),
    getJob: async ({ caller, params }) => mapped(await getJob(deps, caller, params.job), toJob),
    listCampaignJobs: async ({ caller, params }) =>
      mapped(await listJobs(deps, caller, params.campaign), (items) => ({ items: items.map(toJob) })),
  };
};

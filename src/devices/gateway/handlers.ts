import { setSystemProperties } from '../../app/device-attributes.ts';
import { setEnrolment } from '../../app/enrolment.ts';
import { contactGateway, type GatewayContact } from '../../app/gateway.ts';
import { reportTasks } from '../../app/gateway-report.ts';
import { insist } from '../../app/insist.ts';
import { secondsToSleep } from '../../app/poll-pace.ts';
import { addLines, setTransfers } from '../../app/transfers.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { SECOND } from '../../domain/time.ts';
import { integerOf, readPrinted, readProperties, readReports, readTransfers } from './body.ts';
import { toCommandMessage } from './map.ts';
import type { GatewayDeps, Handlers, Visit } from './visit.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** How many steps of the sequence of states one poll takes: a campaign's setting, one by itself. */
const stepsOf = ({ settings }: Plan): number => {
  const steps = Number(settings['ota.stepsPerPoll'] ?? 1);
  return Number.isInteger(steps) && steps >= 1 && steps <= 8 ? steps : 1;
};
const manner = { together: false, steps: stepsOf };

const LONGEST_WAIT = 60;
/** Who waits looks by itself this often, since nobody says what happens in other processes. */
const LOOK_EVERY = 2 * SECOND;

const waitOf = ({ query }: Visit): Result<number, Refusal> => {
  const given = query['waitSeconds'] ?? query['wait_seconds'];
  const seconds = given === undefined ? 0 : integerOf(given);
  return seconds === undefined || seconds < 0
    ? refused({ code: 'invalid', field: 'waitSeconds', expected: '0 to 60', got: `${given}` })
    : ok(Math.min(seconds, LONGEST_WAIT));
};

type Contact = Result<GatewayContact, Refusal>;

const isNews = (contact: Contact): boolean =>
  !contact.ok || contact.value.task !== undefined || contact.value.moved;

/** The answer as soon as there is one, or what there is when the time is over. Nothing is handed to who has left. */
const waitForNews = async (
  { waker }: GatewayDeps,
  room: WaitingRoom,
  { speaker, device, reply }: Visit,
  seconds: number,
  look: () => Promise<Contact>,
): Promise<Contact> => {
  let contact = await look();
  if (isNews(contact) || seconds === 0) return contact;
  const place = room.enter(reply.raw, seconds * SECOND);
  if (place === undefined) return contact;
  try {
    for (let woken = false; !woken && !isNews(contact); ) {
      woken = await waker.wait(speaker.account.key, device.key, LOOK_EVERY, place.signal);
      if (place.signal.aborted) break;
      contact = await look();
    }
    return contact;
  } finally {
    place.leave();
  }
};

/** As the gateway is now: while a request waits, others may change it. */
const look = async (deps: GatewayDeps, { speaker, device: { key, id } }: Visit): Promise<Contact> => {
  const device = await deps.store.devices.get(speaker.account.key, key);
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id });
  return insist(() => contactGateway(deps, speaker, device, manner, deps.lease));
};

const memberIdOf = ({ params, device }: Visit) => ({
  campaign: params['campaignId'] ?? '',
  device: device.id,
});

const empty = (result: Result<unknown, Refusal>): Result<Record<string, never>, Refusal> =>
  result.ok ? ok({}) : result;

/** One handler for each route of the table. */
export const gatewayHandlers = (deps: GatewayDeps, room: WaitingRoom): Handlers => ({
  pollCommands: async (visit) => {
    const { speaker, device, reply, request } = visit;
    const seconds = waitOf(visit);
    if (!seconds.ok) return seconds;
    const contact = await waitForNews(deps, room, visit, seconds.value, () => look(deps, visit));
    if (!contact.ok) return contact;
    const { task, askAgain } = contact.value;
    const pace = secondsToSleep(speaker.account.deviceAccess.poll, askAgain, device.id, deps.clock());
    reply.header('x-command-fetch-interval-seconds', pace);
    const base = deps.publicUrl ?? `${request.protocol}://${request.host}`;
    return ok({ commandMessage: task === undefined ? [] : [toCommandMessage(task, device.id, base)] });
  },
  reportCommands: async ({ speaker, device, body, params }) => {
    const reports = readReports(body, params);
    if (!reports.ok) return reports;
    const unknown = await reportTasks(deps, speaker, device, reports.value);
    return unknown.ok ? ok({ unknown: [...unknown.value] }) : unknown;
  },
  setDownloadProgress: async (visit) => {
    const told = readTransfers(visit.body, visit.params);
    if (!told.ok) return told;
    return empty(await insist(() => setTransfers(deps, visit.speaker, memberIdOf(visit), told.value)));
  },
  setExecutionProgress: async (visit) => {
    const printed = readPrinted(visit.body, visit.params);
    if (!printed.ok) return printed;
    const { lines, phase } = printed.value;
    return empty(await insist(() => addLines(deps, visit.speaker, memberIdOf(visit), lines, phase)));
  },
  enrollGateway: async ({ speaker, device }) => {
    const set = await insist(() => setEnrolment(deps, speaker, device.id, 'ENROLLED'));
    return set.ok ? ok({ id: device.id }) : set;
  },
  unenrollGateway: async ({ speaker, device }) =>
    empty(await insist(() => setEnrolment(deps, speaker, device.id, 'UNENROLLED'))),
  setSystemProperties: async ({ speaker, device, body, params }) => {
    const told = readProperties(body, params);
    if (!told.ok) return told;
    return empty(await insist(() => setSystemProperties(deps, speaker, device, told.value)));
  },
});

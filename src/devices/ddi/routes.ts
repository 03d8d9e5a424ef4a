import { claimInstalled, setAttributes } from '../../app/device-attributes.ts';
import { findWork } from '../../app/device-work.ts';
import { insist } from '../../app/insist.ts';
import { secondsToSleep } from '../../app/poll-pace.ts';
import { mannerOf } from '../../app/surroundings.ts';
import { ok } from '../../domain/result.ts';
import type { DdiRouteName } from '../../wire/ddi/routes.ts';
import { artifactHandlers } from './artifacts.ts';
import { readConfigData, readInstalled } from './body.ts';
import { attributeLimits, attributeProblem, isTooMany } from './config-data.ts';
import { confirmationHandlers } from './confirmation.ts';
import { deploymentHandlers } from './deployment.ts';
import { MalformedRequest } from './errors.ts';
import { toRoot } from './map.ts';
import type { DdiDeps, Handlers } from './visit.ts';

const rootHandlers = (deps: DdiDeps): Handlers<'poll' | 'putConfigData' | 'putInstalled'> => ({
  poll: async ({ speaker, device, links }) => {
    const work = await insist(() => findWork(deps, speaker, device, mannerOf(device)));
    if (!work.ok) return work;
    const { poll } = speaker.account.deviceAccess;
    const { assignment } = work.value;
    const seconds = secondsToSleep(poll, assignment?.until ?? null, device.id, deps.clock());
    // What waits at the gate is answered by the clock, and by how others fare.
    return ok({ document: toRoot(work.value, device, seconds, links), lasting: assignment === undefined });
  },
  putConfigData: async ({ speaker, device, body }) => {
    const told = readConfigData(body);
    if (!told.ok) return told;
    const problem = attributeProblem(told.value);
    if (problem !== undefined) throw new MalformedRequest('attributes', problem);
    if (isTooMany(device, told.value))
      throw new MalformedRequest('quota', `A device has at most ${attributeLimits.count} attributes.`);
    const { mode, data } = told.value;
    const set = await insist(() => setAttributes(deps, speaker, device, mode, data));
    return set.ok ? ok({ empty: 200 }) : set;
  },
  putInstalled: async ({ speaker, device, body }) => {
    const told = readInstalled(body);
    if (!told.ok) return told;
    const claimed = await insist(() => claimInstalled(deps, speaker, device, told.value));
    return claimed.ok ? ok({ empty: claimed.value === 'new' ? 201 : 200 }) : claimed;
  },
});

/** One handler for each route of the table. */
export const ddiHandlers = (deps: DdiDeps): Handlers<DdiRouteName> => ({
  ...rootHandlers(deps),
  ...deploymentHandlers(deps),
  ...confirmationHandlers(deps),
  ...artifactHandlers(deps),
});

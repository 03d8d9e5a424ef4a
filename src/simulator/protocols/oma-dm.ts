import { type Ending, endingOf, fateOf } from '../fate.ts';
import { Unreachable } from '../http.ts';
import { versionIn } from '../image.ts';
import type { Attempt } from '../ledger.ts';
import {
  attemptNumber,
  beginAttempt,
  endAttempt,
  type Next,
  type Protocol,
  type VirtualDevice,
  type World,
} from '../world.ts';
import { createDmDevice, type DmDevice, type UpdateFaults } from './oma-dm/device.ts';
import type { Fetch, Fetched } from './oma-dm/download.ts';

const SOON = 5_000;
/** How a server proves itself to these devices. */
export const DM_SERVER = 'muster';

/** A device with its management tree, and how its present attempt will end. */
type Kept = { readonly device: DmDevice; ending: Ending; told: Attempt | undefined };

const faultsOf = (ending: Ending): UpdateFaults => {
  switch (ending) {
    case 'disk-full':
      return { results: { download: 501, downloadandupdate: 501 } };
    case 'corrupt':
      return { results: { download: 402, downloadandupdate: 402 } };
    case 'install-fails':
      return { results: { update: 410, downloadandupdate: 410 } };
    case 'false-success':
      return { keepsVersion: true };
    case 'silent':
    case 'succeeds':
      return {};
    default:
      return ending satisfies never;
  }
};

/** Devices of OMA-DM 1.2 over HTTP with the firmware object; each has a password of its own. */
export const omaDmDevices = (world: World, fetch?: Fetch): Protocol => {
  const { plan, clock } = world;

  const openAttempt = ({ attempts }: VirtualDevice): Attempt | undefined => {
    const last = attempts?.at(-1);
    return last?.outcome === 'under-way' ? last : undefined;
  };

  const inspect = (device: VirtualDevice, kept: Kept, { bytes, sha256 }: Fetched): UpdateFaults => {
    const attempt = openAttempt(device) ?? beginAttempt(device, '', clock());
    const version = versionIn(bytes) ?? '';
    Object.assign(attempt, { version, sha256: [sha256], bytes: attempt.bytes + bytes.length });
    const traits = world.traitsOf(device);
    kept.ending = endingOf(plan, device.index, traits, version, attemptNumber(device));
    return faultsOf(kept.ending);
  };

  const create = (device: VirtualDevice): Kept => {
    const id = world.idOf(device);
    const { make, model } = world.traitsOf(device);
    const kept: Kept = {
      device: createDmDevice({
        ...{
          server: `${world.server}/dm/${world.account}`,
          id,
          man: make,
          mod: model,
          firmware: device.runs,
        },
        encoding: device.index % 2 === 0 ? 'xml' : 'wbxml',
        account: {
          scheme: device.index % 3 === 0 ? 'hmac' : 'md5',
          user: id,
          password: world.secretOf(device),
        },
        fumo: { root: './FUMO', has: device.index % 4 < 2 ? 'two-steps' : 'one-step' },
        inspect: (image) => inspect(device, kept, image),
        ...(fetch !== undefined && { fetch }),
      }),
      ...{ ending: 'succeeds', told: undefined },
    };
    device.job = kept;
    return kept;
  };

  /** Carries out what the server has asked for; what is to be told of it waits for the next session. */
  const work = async (device: VirtualDevice, kept: Kept): Promise<Next> => {
    const [operation] = kept.device.updates.pending();
    const installs = operation?.kind === 'update';
    if (!installs) {
      const attempt = beginAttempt(device, operation?.correlator ?? '', clock());
      const { powerLoss } = fateOf(plan, device.index, attemptNumber(device));
      kept.device.updates.misbehave(powerLoss === undefined ? {} : { results: { download: 503 } });
      kept.ending = 'succeeds';
      await kept.device.updates.work();
      if (attempt.sha256.length === 0) endAttempt(attempt, 'failed', clock(), 'connection-lost');
    } else {
      if (openAttempt(device) === undefined) again(device, kept, operation.correlator);
      await kept.device.updates.work();
    }
    return settle(device, kept, installs || operation?.kind === 'downloadandupdate');
  };

  /** An update with the image of the attempt before. */
  const again = (device: VirtualDevice, kept: Kept, call: string): void => {
    const last = device.attempts?.at(-1);
    const attempt = beginAttempt(device, call, clock());
    Object.assign(attempt, { sha256: last?.sha256 ?? [], version: last?.version ?? '' });
    kept.ending = endingOf(
      plan,
      device.index,
      world.traitsOf(device),
      attempt.version,
      attemptNumber(device),
    );
    kept.device.updates.misbehave(faultsOf(kept.ending));
  };

  const settle = (device: VirtualDevice, kept: Kept, hasInstalled: boolean): Next => {
    const attempt = openAttempt(device);
    if (attempt === undefined) return SOON;
    const { ending } = kept;
    device.runs = kept.device.firmware();
    if (ending === 'silent') {
      endAttempt(attempt, 'silent', clock());
      return 'never';
    }
    if (ending === 'disk-full' || ending === 'corrupt') {
      endAttempt(attempt, 'failed', clock(), ending);
    } else if (hasInstalled) {
      const isBad = ending === 'install-fails';
      const well = ending === 'false-success' ? 'false-success' : 'succeeded';
      endAttempt(attempt, isBad ? 'failed' : well, clock(), isBad ? 'install-fails' : 'none');
    }
    return SOON;
  };

  /** The server looks at the version in one session, and may judge by it in the next. */
  const hear = (device: VirtualDevice, kept: Kept): void => {
    const last = device.attempts?.at(-1);
    if (last === undefined || last.ended === null) return;
    if (kept.told === last) last.heard = true;
    kept.told = last;
  };

  const session = async (device: VirtualDevice, kept: Kept): Promise<Next> => {
    const triesTwice = fateOf(plan, device.index, attemptNumber(device)).duplicates;
    const faults = {
      ...(world.breaks(device) && { silentFrom: 2 }),
      ...(triesTwice && { repeats: 2 }),
    };
    const { ended } = await kept.device.session({ faults });
    if (ended !== 'done') throw new Unreachable(`the session ended as ${ended}`);
    device.told = kept.device.firmware();
    hear(device, kept);
    const [operation] = kept.device.updates.pending();
    if (operation === undefined) return 'habit';
    return operation.kind === 'update' ? world.traitsOf(device).installTime : SOON;
  };

  return {
    step: async (device) => {
      const kept = (device.job as Kept | undefined) ?? create(device);
      if (kept.device.updates.pending().length > 0) return work(device, kept);
      try {
        return await session(device, kept);
      } catch (error) {
        throw new Unreachable(error instanceof Error ? error.message : String(error));
      }
    },
    stop: async () => undefined,
  };
};

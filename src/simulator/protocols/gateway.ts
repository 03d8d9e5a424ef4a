import type { CommandMessage } from '../../wire/pulse/agent.ts';
import { beginDownload, type Download, fetchPackage } from '../download.ts';
import { type Ending, endingOf, type Fate, fateOf } from '../fate.ts';
import { type Answer, Unreachable } from '../http.ts';
import type { Attempt, FailureCause } from '../ledger.ts';
import {
  attemptNumber,
  beginAttempt,
  endAttempt,
  type Next,
  type Protocol,
  type VirtualDevice,
  type World,
} from '../world.ts';

type Result = {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly message: string;
  readonly exitCode: number;
};

/** A command that is being carried out, until its result was told. */
type Job = {
  readonly command: CommandMessage;
  readonly downloads: readonly Download[];
  fetched: number;
  /** What is to be told once the work is over; `undefined` while it goes on. */
  result: Result | undefined;
};

/** What a gateway keeps from one command to the next. */
type Journey = {
  readonly attempt: Attempt;
  readonly fate: Fate;
  ending: Ending;
};

/** Of a gateway that was heard: its token, where it is, and whether it has a new version to tell of. */
type Kept = {
  readonly token: string;
  journey: Journey | undefined;
  job: Job | undefined;
  hasNews: boolean;
};

const done: Result = { status: 'SUCCEEDED', message: '', exitCode: 0 };
const words: Readonly<Record<FailureCause, string>> = {
  none: '',
  'disk-full': 'no space left on device',
  corrupt: 'checksum mismatch of the package',
  'install-fails': 'the script exited with status 1',
  'connection-lost': 'connection lost',
  unexpected: 'the package could not be downloaded',
};
const failed = (why: FailureCause): Result => ({ status: 'FAILED', message: words[why], exitCode: 1 });

const AFTER_POWER = 60_000;
const SOON = 5_000;
/** Whoever is told to come again within this time has something to do; else it comes as it usually does. */
const AT_ONCE = 60_000;

/** As credentials of the Pulse API name account and device. */
const escaped = (text: string): string => encodeURIComponent(text).replaceAll('%', '+');

const valuesOf = (command: CommandMessage, name: string): readonly string[] =>
  command.arguments.find((argument) => argument.name === name)?.value ?? [];

const downloadsOf = (command: CommandMessage): readonly Download[] => {
  const [urls, digests, sizes] = ['packageUrls', 'packageSha256', 'packageSizes'].map((name) =>
    valuesOf(command, name),
  );
  return (urls ?? []).map((url, at) =>
    beginDownload({ url, sha256: digests?.[at] ?? '', size: Number(sizes?.[at] ?? 0) }),
  );
};

/** Gateways as agents of the Pulse API; each has a credential of its own. */
export const gatewayDevices = (world: World): Protocol => {
  const { http, plan, clock } = world;
  const base = `${world.server}/api`;

  const call = async (
    device: VirtualDevice,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
  ): Promise<Answer> => {
    const { token } = keptOf(device);
    const answer = await http.call(method, `${base}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body }),
      ...(method === 'GET' && { breaks: world.breaks(device) }),
    });
    if (answer.status >= 500) throw new Unreachable(`${answer.status}`);
    return answer;
  };
  const keptOf = ({ job }: VirtualDevice): Kept => job as Kept;

  /** The credential becomes a token, and the gateway takes its place. */
  const enrol = async (device: VirtualDevice): Promise<boolean> => {
    const id = world.idOf(device);
    const authBody = ['gateway', escaped(world.account), escaped(id), world.secretOf(device)].join('/');
    const proof = JSON.stringify({ type: 'JWT_NATIVE', authBody });
    const headers = { 'x-device-auth': Buffer.from(proof).toString('base64') };
    const { status, body } = await http.call('GET', `${base}/device-tokens/${id}`, { headers });
    if (status !== 200) return false;
    const { accessToken } = body as { readonly accessToken: string };
    device.job = { token: accessToken, journey: undefined, job: undefined, hasNews: false } satisfies Kept;
    const enrolled = await call(device, 'GET', `/devices/${id}/enroll`).catch((error: unknown) => {
      device.job = undefined;
      throw error;
    });
    return enrolled.status === 200;
  };

  const tellProperties = async (device: VirtualDevice): Promise<void> => {
    const { model, site } = world.traitsOf(device);
    const upsert = [
      { name: 'agent', value: '1.0' },
      { name: 'hardware', value: model },
      { name: 'site', value: site },
      { name: 'version.firmware', value: device.runs },
    ];
    const path = `/devices/${world.idOf(device)}/system-properties`;
    const { status } = await call(device, 'POST', path, { upsert });
    if (status === 200) device.told = device.runs;
    keptOf(device).hasNews = false;
  };

  /** Whether the server still knows the command. */
  const says = async (device: VirtualDevice, said: object, twice = false): Promise<boolean> => {
    const path = `/devices/${world.idOf(device)}/commands`;
    const once = () => call(device, 'PUT', path, { commands: [said] });
    const { status } = await once();
    if (twice) await once();
    return status === 200;
  };

  const poll = async (device: VirtualDevice): Promise<Next> => {
    const { status, body, header } = await call(device, 'GET', `/devices/${world.idOf(device)}/commands`);
    if (status !== 200) return 'habit';
    const [command] = (body as { readonly commandMessage: readonly CommandMessage[] }).commandMessage;
    const interval = 1_000 * Number(header('x-command-fetch-interval-seconds') || Number.POSITIVE_INFINITY);
    if (command === undefined) return interval <= AT_ONCE ? interval : 'habit';
    // It was handed out: whether that is acknowledged changes nothing.
    await says(device, { commandId: command.commandId, status: 'RECEIVED' }).catch(() => undefined);
    return obey(device, command);
  };

  const obey = async (device: VirtualDevice, command: CommandMessage): Promise<Next> => {
    const kept = keptOf(device);
    const job: Job = { command, downloads: [], fetched: 0, result: undefined };
    switch (command.command) {
      case 'OTA_INVENTORY':
        await tellProperties(device);
        return told(device, { ...job, result: done });
      case 'OTA_CHECKPOINT':
      case 'OTA_RESET':
        return told(device, { ...job, result: done });
      case 'OTA_DOWNLOAD': {
        const [campaign = ''] = valuesOf(command, 'campaignId');
        const attempt = beginAttempt(device, campaign, clock());
        attempt.sha256 = valuesOf(command, 'packageSha256');
        kept.journey = {
          attempt,
          fate: fateOf(plan, device.index, attemptNumber(device)),
          ending: 'succeeds',
        };
        kept.job = { ...job, downloads: downloadsOf(command) };
        return download(device, kept.job, kept.journey);
      }
      case 'OTA_EXECUTE':
        kept.journey ??= again(device, command);
        kept.job = {
          ...job,
          result: kept.journey.ending === 'install-fails' ? failed('install-fails') : done,
        };
        return world.traitsOf(device).installTime;
      case 'OTA_ACTIVATE':
        kept.journey ??= again(device, command);
        activate(device, kept.journey);
        return told(device, { ...job, result: done });
      default:
        return command.command satisfies never;
    }
  };

  /** Another attempt with the bytes that are there already. */
  const again = (device: VirtualDevice, command: CommandMessage): Journey => {
    const last = device.attempts?.at(-1);
    const [campaign = ''] = valuesOf(command, 'campaignId');
    const attempt = beginAttempt(device, campaign, clock());
    Object.assign(attempt, { sha256: last?.sha256 ?? [], version: last?.version ?? '' });
    const number = attemptNumber(device);
    const drawn = endingOf(plan, device.index, world.traitsOf(device), attempt.version, number);
    const ending = drawn === 'install-fails' || drawn === 'false-success' ? drawn : 'succeeds';
    return { attempt, fate: fateOf(plan, device.index, number), ending };
  };

  const download = async (device: VirtualDevice, job: Job, journey: Journey): Promise<Next> => {
    const one = job.downloads[job.fetched];
    if (one === undefined) return downloaded(device, job, journey);
    const { attempt, fate } = journey;
    const { token } = keptOf(device);
    const before = one.bytes;
    const got = await fetchPackage(http, one, fate, { authorization: `Bearer ${token}` }).finally(() => {
      attempt.bytes += one.bytes - before;
    });
    if (got.is === 'cut') return AFTER_POWER;
    if (got.is !== 'whole') {
      job.result = failed('unexpected');
      return told(device, job);
    }
    attempt.version ||= got.version ?? '';
    job.fetched += 1;
    return (1_000 * one.offered.size) / world.traitsOf(device).linkSpeed;
  };

  const downloaded = async (device: VirtualDevice, job: Job, journey: Journey): Promise<Next> => {
    const { attempt } = journey;
    const traits = world.traitsOf(device);
    journey.ending = endingOf(plan, device.index, traits, attempt.version, attemptNumber(device));
    if (journey.ending === 'silent') {
      endAttempt(attempt, 'silent', clock());
      return 'never';
    }
    const packagesProgress = valuesOf(job.command, 'packageIds').map((id, at) => {
      const size = `${job.downloads[at]?.offered.size ?? 0}`;
      return { id, progress: size, total: size };
    });
    const path = `/campaigns/${attempt.call}/devices/${world.idOf(device)}/progress/download`;
    await call(device, 'PUT', path, { packagesProgress });
    const isBad = journey.ending === 'disk-full' || journey.ending === 'corrupt';
    job.result = isBad ? failed(journey.ending === 'disk-full' ? 'disk-full' : 'corrupt') : done;
    return told(device, job);
  };

  const activate = (device: VirtualDevice, { attempt, ending }: Journey): void => {
    if (ending !== 'false-success' && attempt.version !== '') device.runs = attempt.version;
    endAttempt(attempt, ending === 'false-success' ? 'false-success' : 'succeeded', clock());
  };

  const causeOf = ({ message }: Result): FailureCause =>
    (Object.keys(words) as FailureCause[]).find((why) => words[why] === message) ?? 'unexpected';

  /** Tells the result until the server has it; what is broken off is told again. */
  const told = async (device: VirtualDevice, job: Job): Promise<Next> => {
    const kept = keptOf(device);
    kept.job = job;
    const { journey } = kept;
    const { result = done } = job;
    if (result.status === 'FAILED' && journey?.attempt.outcome === 'under-way')
      endAttempt(journey.attempt, 'failed', clock(), causeOf(result));
    const said = { commandId: job.command.commandId, ...result };
    const isKnown = await says(device, said, journey?.fate.duplicates);
    kept.job = undefined;
    if (journey !== undefined && journey.attempt.ended !== null) await over(device, kept, journey, isKnown);
    return SOON;
  };

  const over = async (
    device: VirtualDevice,
    kept: Kept,
    { attempt }: Journey,
    isKnown: boolean,
  ): Promise<void> => {
    kept.journey = undefined;
    if (!isKnown) return endAttempt(attempt, 'too-late', clock(), attempt.why);
    attempt.heard = true;
    if (attempt.outcome === 'failed') return;
    device.told = attempt.version;
    kept.hasNews = true;
    await tellProperties(device);
  };

  return {
    step: async (device) => {
      if (device.job === undefined && !(await enrol(device))) return 'habit';
      const { job, journey, hasNews } = keptOf(device);
      if (hasNews) await tellProperties(device);
      if (job === undefined) return poll(device);
      return job.result === undefined && journey !== undefined
        ? download(device, job, journey)
        : told(device, job);
    },
    stop: async () => undefined,
  };
};

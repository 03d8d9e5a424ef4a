import type { Deployment, Root } from '../../wire/ddi/documents.ts';
import { beginDownload, type Download, fetchPackage } from '../download.ts';
import { type Ending, endingOf, type Fate, fateOf } from '../fate.ts';
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

type Chunk = Deployment['deployment']['chunks'][number];

/** What a device is in the middle of. */
type Job = {
  readonly action: string;
  readonly attempt: Attempt;
  readonly fate: Fate;
  readonly downloads: readonly Download[];
  /** How many of them are whole. */
  fetched: number;
  at: 'downloading' | 'downloaded' | 'installing' | 'telling';
  ending: Ending;
  /** The version of the firmware among the packages. */
  readonly version: string;
};

type Words = { readonly execution: string; readonly finished: string; readonly details: readonly string[] };

const words: Readonly<Record<FailureCause, string>> = {
  none: '',
  'disk-full': 'no space left on device',
  corrupt: 'checksum mismatch of the image',
  'install-fails': 'ERROR: the install script exited with status 1',
  'connection-lost': 'connection lost',
  unexpected: 'the package could not be downloaded',
};

const causes = {
  'disk-full': 'disk-full',
  corrupt: 'corrupt',
  'install-fails': 'install-fails',
} as const satisfies Partial<Record<Ending, FailureCause>>;

const AFTER_POWER = 60_000;

/** Devices of the hawkBit Direct Device Integration protocol; they prove themselves by a gateway token. */
export const ddiDevices = (world: World, gatewayToken: string): Protocol => {
  const { http, plan, clock } = world;
  const authorization = { authorization: `GatewayToken ${gatewayToken}` };
  const baseOf = (device: VirtualDevice): string =>
    `${world.server}/${world.account}/controller/v1/${world.idOf(device)}`;
  const jobOf = ({ job }: VirtualDevice): Job | undefined => job as Job | undefined;

  const get = async (device: VirtualDevice, url: string): Promise<unknown> => {
    const { status, body } = await http.call('GET', url, { headers: authorization, breaks: breaks(device) });
    return status === 200 ? body : undefined;
  };
  const breaks = (device: VirtualDevice): boolean => world.breaks(device);

  /** The status of the answer; told twice where that is its fate. */
  const tell = async (device: VirtualDevice, path: string, said: Words, twice: boolean): Promise<number> => {
    const time = new Date(world.now() + world.traitsOf(device).clockSkew).toISOString();
    const { execution, finished, details } = said;
    const body = { time, status: { execution, result: { finished }, details } };
    const once = () =>
      http.call('POST', `${baseOf(device)}/${path}/feedback`, { headers: authorization, body });
    const { status } = await once();
    if (twice) await once();
    return status;
  };
  const report = (device: VirtualDevice, { action, fate }: Job, said: Words): Promise<number> =>
    tell(device, `deploymentBase/${action}`, said, fate.duplicates);

  const configure = async (device: VirtualDevice): Promise<void> => {
    const { model, site } = world.traitsOf(device);
    const data = { firmware: device.runs, hardware: model, site };
    const { status } = await http.call('PUT', `${baseOf(device)}/configData`, {
      headers: authorization,
      body: { mode: 'merge', data },
    });
    if (status === 200 && world.tellsVersions) device.told = device.runs;
  };

  const poll = async (device: VirtualDevice): Promise<Next> => {
    const root = (await get(device, baseOf(device))) as Root | undefined;
    const { deploymentBase, cancelAction, confirmationBase, configData } = root?._links ?? {};
    if (configData !== undefined) await configure(device);
    if (cancelAction !== undefined) return cancel(device, cancelAction.href);
    if (confirmationBase !== undefined && deploymentBase === undefined)
      return confirm(device, confirmationBase.href);
    if (deploymentBase !== undefined) return begin(device, deploymentBase.href);
    return 'habit';
  };

  /** Its user agrees to everything. */
  const confirm = async (device: VirtualDevice, href: string): Promise<Next> => {
    const action = /confirmationBase\/(\d+)/.exec(href)?.[1];
    if (action === undefined) return 'habit';
    await http.call('POST', `${baseOf(device)}/confirmationBase/${action}/feedback`, {
      headers: authorization,
      body: { confirmation: 'confirmed', details: ['agreed'] },
    });
    return 1_000;
  };

  const cancel = async (device: VirtualDevice, href: string): Promise<Next> => {
    const action = /cancelAction\/(\d+)/.exec(href)?.[1] ?? '';
    const job = jobOf(device);
    device.job = undefined;
    const said = { execution: 'closed', finished: 'success', details: ['stopped'] };
    const status = await tell(device, `cancelAction/${action}`, said, false);
    const attempt = job?.attempt ?? device.attempts?.findLast(({ call }) => call === action);
    if (attempt?.outcome === 'under-way') {
      endAttempt(attempt, 'cancelled', clock());
      attempt.heard = status === 200;
    }
    return 'habit';
  };

  const begin = async (device: VirtualDevice, href: string): Promise<Next> => {
    const deployment = (await get(device, href)) as Deployment | undefined;
    if (deployment === undefined) return 'habit';
    const { chunks } = deployment.deployment;
    const attempt = beginAttempt(device, deployment.id, clock());
    const version = chunks.find(({ part }) => part === 'os')?.version ?? '';
    const sha256 = chunks.flatMap(({ artifacts }) => artifacts.map(({ hashes }) => hashes.sha256));
    Object.assign(attempt, { version, sha256 });
    const job: Job = {
      ...{ action: deployment.id, attempt, fetched: 0, at: 'downloading', version },
      fate: fateOf(plan, device.index, attemptNumber(device)),
      downloads: chunks.flatMap(downloadsOf),
      ending: endingOf(plan, device.index, world.traitsOf(device), version, attemptNumber(device)),
    };
    device.job = job;
    await report(device, job, { execution: 'download', finished: 'none', details: ['downloading'] });
    return fetchNext(device, job);
  };

  const fetchNext = async (device: VirtualDevice, job: Job): Promise<Next> => {
    const download = job.downloads[job.fetched];
    if (download === undefined) {
      job.at = 'downloaded';
      return downloaded(device, job);
    }
    const before = download.bytes;
    const got = await fetchPackage(http, download, job.fate, authorization).finally(() => {
      job.attempt.bytes += download.bytes - before;
    });
    switch (got.is) {
      case 'cut':
        return AFTER_POWER;
      case 'refused':
        return fail(device, job, 'unexpected');
      case 'corrupt':
        return fail(device, job, 'unexpected');
      case 'whole':
        job.fetched += 1;
        return (1_000 * download.offered.size) / world.traitsOf(device).linkSpeed;
      default:
        return got satisfies never;
    }
  };

  const downloaded = async (device: VirtualDevice, job: Job): Promise<Next> => {
    if (job.ending === 'silent') {
      endAttempt(job.attempt, 'silent', clock());
      return 'never';
    }
    if (job.ending === 'disk-full' || job.ending === 'corrupt') return fail(device, job, causes[job.ending]);
    const said = { execution: 'proceeding', finished: 'none', details: ['downloaded', 'installing'] };
    const status = await report(device, job, said);
    if (status === 410 || status === 404) return tooLate(device, job);
    job.at = 'installing';
    return world.traitsOf(device).installTime;
  };

  const install = async (device: VirtualDevice, job: Job): Promise<Next> => {
    if (job.ending === 'install-fails') return fail(device, job, 'install-fails');
    if (job.ending !== 'false-success' && job.version !== '') device.runs = job.version;
    endAttempt(job.attempt, job.ending === 'false-success' ? 'false-success' : 'succeeded', clock());
    job.at = 'telling';
    return finish(device, job);
  };

  const fail = (device: VirtualDevice, job: Job, why: FailureCause): Promise<Next> => {
    endAttempt(job.attempt, 'failed', clock(), why);
    job.at = 'telling';
    return finish(device, job);
  };

  const finish = async (device: VirtualDevice, job: Job): Promise<Next> => {
    const { attempt } = job;
    const isBad = attempt.outcome === 'failed';
    const said = isBad
      ? { execution: 'closed', finished: 'failure', details: [words[attempt.why]] }
      : { execution: 'closed', finished: 'success', details: ['installed'] };
    const status = await report(device, job, said);
    if (status === 410 || status === 404) return tooLate(device, job);
    attempt.heard = status === 200;
    device.job = undefined;
    if (!isBad && job.version !== '') device.told = job.version;
    return 5_000;
  };

  const tooLate = (device: VirtualDevice, { attempt }: Job): Next => {
    device.job = undefined;
    endAttempt(attempt, 'too-late', clock(), attempt.why);
    return 'habit';
  };

  const goOn = (device: VirtualDevice, job: Job): Promise<Next> => {
    switch (job.at) {
      case 'downloading':
        return fetchNext(device, job);
      case 'downloaded':
        return downloaded(device, job);
      case 'installing':
        return install(device, job);
      case 'telling':
        return finish(device, job);
      default:
        return job.at satisfies never;
    }
  };

  return {
    step: (device) => {
      const job = jobOf(device);
      return job === undefined ? poll(device) : goOn(device, job);
    },
    stop: async () => undefined,
  };
};

const downloadsOf = ({ artifacts }: Chunk): readonly Download[] =>
  artifacts.map(({ hashes, size, _links }) =>
    beginDownload({ url: _links.download.href, sha256: hashes.sha256, size }),
  );

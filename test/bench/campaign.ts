import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './muster.ts';

type Job = {
  readonly id: string;
  readonly status: string;
  readonly done: number;
  readonly problem: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
};

/** A small package; its id. */
export const uploadPackage = async (muster: Session, name: string, version = 2): Promise<string> => {
  const sent = await fetch(`${muster.url}/api/v1/packages?name=${name}&version=${version}`, {
    method: 'POST',
    headers: { ...muster.headers, 'content-type': 'application/octet-stream' },
    body: 'firmware',
  });
  if (!sent.ok) throw new Error(`the upload of a package: ${sent.status} ${await sent.text()}`);
  const { id } = (await sent.json()) as { id: string };
  return id;
};

/** A campaign with a small package of that version and no devices, which ends once all are done; its id. */
export const createCampaign = async (muster: Session, version = 2): Promise<string> => {
  const packages = [await uploadPackage(muster, 'bench', version)];
  const plan = { name: 'Bench', packages, endWhenComplete: true };
  return (await muster.call<{ id: string }>('POST', '/campaigns', plan)).id;
};

const POLL = 50;

/** Adds every device of the account, and waits until that is done. */
export const addAllDevices = async (muster: Session, campaign: string): Promise<Job> => {
  const path = `/campaigns/${campaign}/devices/query`;
  let job = await muster.call<Job>('POST', path, { expression: 'tag = north' });
  while (job.status === 'waiting' || job.status === 'running') {
    await sleep(POLL);
    job = await muster.call<Job>('GET', `/jobs/${job.id}`);
  }
  if (job.status !== 'done') throw new Error(`the job ended as ${job.status}: ${job.problem}`);
  return job;
};

/** How many devices a second a job added, from its order to its end. */
export const paceOf = ({ done, createdAt, finishedAt }: Job): number =>
  (done / Math.max(1, Date.parse(finishedAt ?? '') - Date.parse(createdAt))) * 1000;

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { atLeast, type Bench, withPlace } from './bench.ts';
import { addAllDevices } from './campaign.ts';
import { addDdiDevices, deploymentOf, deviceHeaders } from './ddi.ts';
import { api, type Muster, startMuster } from './muster.ts';
import { startNginx } from './nginx.ts';
import { median } from './statistics.ts';
import { content, download, speedOf, upload } from './transfer.ts';

const DEVICES = 200;
const MOST_BYTES = 100 * 2 ** 20;
const SPEED_GOAL = 0.6;
const MEMORY_GOAL = 200;

type Resource = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** As many devices at once, each its own download of the same package as one range, against nginx. */
export const benchDownloads = async (bench: Bench): Promise<void> =>
  withPlace(bench, 'downloads', 'SQLite', async (place) => {
    const { options } = bench;
    const bytes = Math.min(options.bytes, MOST_BYTES);
    await addDdiDevices(place, DEVICES);
    const uploader = await startMuster(place, undefined);
    await offer(uploader, bytes).finally(uploader.stop);
    const muster = await startMuster(place, options.profile);
    const file = join(bench.directory, 'downloads');
    await pipeline(content(bytes, 0), createWriteStream(file));
    const nginx = await startNginx(bench.directory);
    if (nginx === undefined) bench.tell({ name: 'nginx with sendfile', missing: 'not installed' });
    try {
      const artifacts = await Promise.all(Array.from({ length: DEVICES }, (_, n) => artifactOf(muster, n)));
      const limit = nginx && { url: `${nginx.url}/downloads`, headers: {} };
      await measure(bench, muster, artifacts, limit, bytes);
    } finally {
      await nginx?.stop();
      await muster.stop();
    }
  });

/** A campaign that has every device download so many bytes. */
const offer = async (muster: Muster, bytes: number): Promise<void> => {
  const posted = await upload(
    `${muster.url}${api}/packages?name=bench&version=2&fileName=bench.swu`,
    muster.headers,
    bytes,
    0,
  );
  const { id: pack } = JSON.parse(posted) as { id: string };
  const { id } = await muster.call<{ id: string }>('POST', '/campaigns', { name: 'Bench', packages: [pack] });
  await addAllDevices(muster, id);
  await muster.call('POST', `/campaigns/${id}/start`);
};

type Deployment = {
  readonly deployment: {
    readonly chunks: readonly {
      readonly artifacts: readonly { readonly _links: { readonly download: { readonly href: string } } }[];
    }[];
  };
};

const artifactOf = async (muster: Muster, number: number): Promise<Resource> => {
  const reply = await fetch(await deploymentOf(muster, number), { headers: deviceHeaders });
  const { deployment } = (await reply.json()) as Deployment;
  const link = deployment.chunks[0]?.artifacts[0]?._links.download.href;
  if (link === undefined) throw new Error(`device ${number} is given nothing to download`);
  return { url: link, headers: deviceHeaders };
};

const measure = async (
  { options, tell }: Bench,
  muster: Muster,
  artifacts: readonly Resource[],
  limit: Resource | undefined,
  bytes: number,
): Promise<void> => {
  const speed = (resources: readonly Resource[]) =>
    speedOf(bytes * resources.length, () =>
      Promise.all(resources.map(({ url, headers }) => download(url, headers, 0, bytes))),
    );
  const speeds: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const most = limit && (await speed(artifacts.map(() => limit)));
    const reached = await speed(artifacts);
    speeds.push(reached);
    if (most !== undefined) ratios.push(reached / most);
  }
  const ratio = median(ratios);
  const name = `${DEVICES} downloads of ${Math.round(bytes / 2 ** 20)} MiB at once`;
  tell({
    name,
    value: median(speeds),
    unit: 'MiB/s',
    ...(limit && {
      ratio: { of: 'nginx', value: ratio },
      goal: atLeast(SPEED_GOAL, ratio, `>= ${SPEED_GOAL} nginx`),
    }),
  });
  const peak = muster.peakMemory();
  if (peak === undefined) return;
  const goal = { text: `< ${MEMORY_GOAL} MiB`, met: peak < MEMORY_GOAL };
  tell({ name: `memory of ${name}`, value: peak, unit: 'MiB', goal });
};

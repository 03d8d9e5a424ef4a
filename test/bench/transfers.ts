import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { atLeast, type Bench, withPlace } from './bench.ts';
import { addDevices, api, type Muster, startMuster } from './muster.ts';
import { startNginx } from './nginx.ts';
import type { Row } from './rows.ts';
import { median } from './statistics.ts';
import { content, downloadInRanges, hashThrice, speedOf, upload } from './transfer.ts';

const MEMORY_GOAL = 150;
const UPLOAD_GOAL = 0.7;
const DOWNLOAD_GOAL = 0.6;
const RANGES = 8;

type Sizes = Pick<Bench['options'], 'rounds' | 'bytes'>;

const describe = ({ bytes }: Sizes): string => `${(bytes / 2 ** 20).toLocaleString('en')} MiB`;

const post = (muster: Muster, { bytes }: Sizes, version: number): Promise<string> =>
  upload(`${muster.url}${api}/packages?name=bench&version=${version}`, muster.headers, bytes, version);

const memoryRow = (name: string, peak: number | undefined): Row[] =>
  peak === undefined
    ? []
    : [
        {
          name: `memory of ${name}`,
          value: peak,
          unit: 'MiB',
          goal: { text: `< ${MEMORY_GOAL} MiB`, met: peak < MEMORY_GOAL },
        },
      ];

/** Uploads, against the three hashes alone on one core. */
export const benchUpload = async (bench: Bench): Promise<void> =>
  withPlace(bench, 'upload', 'SQLite', async (place) => {
    const { options, tell } = bench;
    await addDevices(place, 0);
    const muster = await startMuster(place, options.profile);
    try {
      const speeds: number[] = [];
      const ratios: number[] = [];
      for (let round = 0; round < options.rounds; round += 1) {
        const limit = await speedOf(options.bytes, () => hashThrice(options.bytes));
        const speed = await speedOf(options.bytes, () => post(muster, options, round));
        speeds.push(speed);
        ratios.push(speed / limit);
      }
      const name = `upload of ${describe(options)}`;
      const ratio = median(ratios);
      tell({
        name,
        value: median(speeds),
        unit: 'MiB/s',
        ratio: { of: 'hashes', value: ratio },
        peakMemory: muster.peakMemory(),
        goal: atLeast(UPLOAD_GOAL, ratio, `>= ${UPLOAD_GOAL} hashes`),
      });
      memoryRow('upload', muster.peakMemory()).forEach(tell);
    } finally {
      await muster.stop();
    }
  });

/** Downloads from a server that did not see the upload, whole and in ranges, against nginx. */
export const benchDownload = async (bench: Bench): Promise<void> =>
  withPlace(bench, 'download', 'SQLite', async (place) => {
    const { options } = bench;
    await addDevices(place, 0);
    const uploader = await startMuster(place, undefined);
    const id = await post(uploader, options, 0).then(idOf).finally(uploader.stop);
    const muster = await startMuster(place, options.profile);
    const file = join(bench.directory, 'file');
    await pipeline(content(options.bytes, 0), createWriteStream(file));
    const nginx = await startNginx(bench.directory);
    if (nginx === undefined) bench.tell({ name: 'nginx with sendfile', missing: 'not installed' });
    const resource = { url: `${muster.url}${api}/packages/${id}/bytes`, headers: muster.headers };
    const limit = nginx && { url: `${nginx.url}/file`, headers: {} };
    try {
      for (const ranges of [1, RANGES]) await measureDownload(bench, muster, resource, limit, ranges);
      memoryRow('downloads', muster.peakMemory()).forEach(bench.tell);
    } finally {
      await nginx?.stop();
      await muster.stop();
    }
  });

const idOf = (text: string): string => {
  const { id } = JSON.parse(text) as { id: string };
  return id;
};

type Resource = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

const measureDownload = async (
  { options, tell }: Bench,
  muster: Muster,
  resource: Resource,
  limit: Resource | undefined,
  ranges: number,
): Promise<void> => {
  const { bytes } = options;
  const speed = ({ url, headers }: Resource) =>
    speedOf(bytes, () => downloadInRanges(url, headers, bytes, ranges));
  const speeds: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const most = limit === undefined ? undefined : await speed(limit);
    const reached = await speed(resource);
    speeds.push(reached);
    if (most !== undefined) ratios.push(reached / most);
  }
  const ratio = median(ratios);
  tell({
    name: `download of ${describe(options)}, ${ranges === 1 ? 'whole' : `${ranges} ranges at once`}`,
    value: median(speeds),
    unit: 'MiB/s',
    peakMemory: muster.peakMemory(),
    ...(limit && {
      ratio: { of: 'nginx', value: ratio },
      goal: atLeast(DOWNLOAD_GOAL, ratio, `>= ${DOWNLOAD_GOAL} nginx`),
    }),
  });
};

import { createHash, type Hash } from 'node:crypto';
import type { Fate } from './fate.ts';
import { type Http, Unreachable } from './http.ts';
import { HEAD_SIZE, versionIn } from './image.ts';

/** A package as a device is told of it. */
export type Offered = {
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
};

/** A package on its way into a device. */
export type Download = {
  readonly offered: Offered;
  /** Bytes that are kept. */
  have: number;
  /** Bytes that arrived, again where they came again. */
  bytes: number;
  /** `undefined` once it is known. */
  hash: Hash | undefined;
  head: Buffer;
  /** Of what is kept. */
  etag: string | undefined;
  /** Power was lost once. */
  cut: boolean;
};

export type Fetched =
  | { readonly is: 'whole'; readonly sha256: string; readonly version: string | undefined }
  /** Power was lost: what was fetched is kept, or not. */
  | { readonly is: 'cut' }
  /** The bytes are not those that were promised. */
  | { readonly is: 'corrupt'; readonly sha256: string }
  /** The server does not give it. */
  | { readonly is: 'refused'; readonly status: number };

export const beginDownload = (offered: Offered): Download => ({
  ...{ offered, have: 0, bytes: 0, etag: undefined, cut: false },
  ...{ hash: createHash('sha256'), head: Buffer.alloc(0) },
});

const anew = (download: Download): void => {
  download.have = 0;
  download.hash = createHash('sha256');
  download.head = Buffer.alloc(0);
};

const take = (download: Download, chunk: Uint8Array): void => {
  download.have += chunk.length;
  download.bytes += chunk.length;
  download.hash?.update(chunk);
  if (download.head.length < HEAD_SIZE)
    download.head = Buffer.concat([download.head, chunk.subarray(0, HEAD_SIZE - download.head.length)]);
};

const resumption = ({ have, etag }: Download): Readonly<Record<string, string>> =>
  have === 0 ? {} : { range: `bytes=${have}-`, ...(etag !== undefined && { 'if-range': etag }) };

/** Fetches what is missing, at the speed of this machine; by its fate, power may be lost on the way, once. */
export const fetchPackage = async (
  http: Http,
  download: Download,
  fate: Pick<Fate, 'powerLoss'>,
  authorization: Readonly<Record<string, string>>,
): Promise<Fetched> => {
  const { offered } = download;
  if (download.have === offered.size && offered.size > 0) return judge(download);
  const streamed = await http.stream(offered.url, { ...authorization, ...resumption(download) });
  const { status, from, etag, chunks, drop } = streamed;
  if (status !== 200 && status !== 206) {
    drop();
    return { is: 'refused', status };
  }
  if (from !== download.have) anew(download);
  download.etag = etag;
  const cutAt =
    fate.powerLoss === undefined || download.cut
      ? Number.POSITIVE_INFINITY
      : Math.ceil(fate.powerLoss.at * offered.size);
  try {
    for await (const chunk of chunks) {
      take(download, chunk.subarray(0, Math.max(0, cutAt - download.have)));
      if (download.have >= cutAt) return lose(download, fate, drop);
    }
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
  return judge(download);
};

const lose = (download: Download, { powerLoss }: Pick<Fate, 'powerLoss'>, drop: () => void): Fetched => {
  drop();
  download.cut = true;
  if (powerLoss?.resumes !== true) anew(download);
  return { is: 'cut' };
};

const judge = (download: Download): Fetched => {
  const sha256 = download.hash?.digest('hex') ?? '';
  if (sha256 === download.offered.sha256) {
    const version = versionIn(download.head);
    // There may be very many that wait for their installation.
    [download.hash, download.head] = [undefined, Buffer.alloc(0)];
    return { is: 'whole', sha256, version };
  }
  anew(download);
  return { is: 'corrupt', sha256 };
};

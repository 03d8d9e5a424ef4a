import { createHash } from 'node:crypto';
import { readXml, textAt } from './wire.ts';

export type Fetched = {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** The descriptor that was read before, if there was one. */
  readonly notifyUri: string | undefined;
};

export type DownloadHabits = {
  /** HEAD first, then parts of so many bytes, as Windows Mobile did. */
  readonly partSize?: number;
};

/** How a device reaches servers. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

type Ask = (url: string, init?: RequestInit) => Promise<Response>;

const askBy =
  (fetch: Fetch): Ask =>
  async (url, init = {}) => {
    const reply = await fetch(url, { redirect: 'error', ...init });
    if (reply.status >= 300) throw new Error(`${init.method ?? 'GET'} ${url}: ${reply.status}`);
    return reply;
  };

const bytesOf = async (reply: Response): Promise<Uint8Array> => new Uint8Array(await reply.arrayBuffer());

const inParts = async (ask: Ask, url: string, partSize: number): Promise<Uint8Array> => {
  const head = await ask(url, { method: 'HEAD' });
  const size = Number(head.headers.get('content-length'));
  const parts: Uint8Array[] = [];
  for (let start = 0; start < size; start += partSize) {
    const range = `bytes=${start}-${Math.min(size, start + partSize) - 1}`;
    const part = await ask(url, { headers: { range } });
    if (part.status !== 206) throw new Error(`GET ${url}: ${part.status} for ${range}`);
    parts.push(await bytesOf(part));
  }
  return new Uint8Array(Buffer.concat(parts));
};

const fetchObject = (ask: Ask, url: string, { partSize }: DownloadHabits): Promise<Uint8Array> =>
  partSize === undefined ? ask(url).then(bytesOf) : inParts(ask, url, partSize);

/** Fetches what PkgURL names: a package, or a descriptor that names one. Throws where anything is not as it should be. */
export const download = async (fetch: Fetch, url: string, habits: DownloadHabits): Promise<Fetched> => {
  const ask = askBy(fetch);
  const first = await ask(url, { method: 'HEAD' });
  const isDescriptor = first.headers.get('content-type')?.startsWith('application/vnd.oma.dd+xml') === true;
  if (!isDescriptor) return fetched(await fetchObject(ask, url, habits), undefined);
  const descriptor = readXml(await (await ask(url)).text());
  const bytes = await fetchObject(ask, textAt(descriptor, 'objectURI'), habits);
  if (bytes.length !== Number(textAt(descriptor, 'size')))
    throw new Error(`another size than ${bytes.length}`);
  return fetched(bytes, textAt(descriptor, 'installNotifyURI') || undefined);
};

const fetched = (bytes: Uint8Array, notifyUri: string | undefined): Fetched => ({
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  notifyUri,
});

/** Tells what became of an object, as `900 Success`; gives the HTTP status. */
export const notifyInstall = async (fetch: Fetch, uri: string, status: string): Promise<number> => {
  const reply = await fetch(uri, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: status });
  await reply.arrayBuffer();
  return reply.status;
};

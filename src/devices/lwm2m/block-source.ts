import type { Range } from '../../app/blobs.ts';
import type { StoredPackage } from '../../app/records.ts';
import type { BlockSource } from './coap/peer.ts';

const PAGE = 64 * 1024;
/** Pages of all packages that are kept: 32 MiB. */
const MOST_PAGES = 512;

type Opened = {
  readonly pack: Pick<StoredPackage, 'digests'>;
  readonly open: (range?: Range) => AsyncIterable<Uint8Array>;
};

/** Packages as blocks: pages that many devices fetch are read once. */
export type BlockSources = (opened: Opened, told?: (range: Range) => void) => BlockSource;

export const createBlockSources = (most = MOST_PAGES): BlockSources => {
  const pages = new Map<string, Promise<Uint8Array>>();

  const page = ({ pack, open }: Opened, number: number): Promise<Uint8Array> => {
    const key = `${pack.digests.sha256}/${number}`;
    const known = pages.get(key);
    const read =
      known ?? readAll(open({ start: number * PAGE, end: Math.min((number + 1) * PAGE, pack.digests.size) }));
    // What was asked for last goes last.
    pages.delete(key);
    pages.set(key, read);
    if (known === undefined) read.catch(() => pages.delete(key));
    const [oldest] = pages.keys();
    if (pages.size > most && oldest !== undefined) pages.delete(oldest);
    return read;
  };

  return (opened, told) => {
    const { size, sha256 } = opened.pack.digests;
    return {
      size,
      etag: Buffer.from(sha256.slice(0, 16), 'hex'),
      read: async (offset, length) => {
        const end = Math.min(size, offset + length);
        const parts: Uint8Array[] = [];
        for (let at = offset; at < end; ) {
          const number = Math.floor(at / PAGE);
          const bytes = await page(opened, number);
          const part = bytes.subarray(at - number * PAGE, end - number * PAGE);
          // A source that gives less than it said would have this go on for ever.
          if (part.length === 0) throw new Error(`package ${sha256} ends at ${at}`);
          parts.push(part);
          at += part.length;
        }
        told?.({ start: offset, end });
        return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      },
    };
  };
};

const readAll = async (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
};

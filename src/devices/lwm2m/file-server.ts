import { type OpenedTicket, openTicket } from '../../app/download-ticket.ts';
import type { TransferMeter } from '../../app/transfer-meter.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import type { BlockSources } from './block-source.ts';
import type { BlockSource, CoapRequest, CoapResponse } from './coap/peer.ts';
import type { Lwm2mDeps } from './deps.ts';
import { diagnostic } from './errors.ts';

type Answer = Omit<CoapResponse, 'payload'> & { readonly payload: Uint8Array | BlockSource };

/** Serves packages under tickets with Block2 (A1.13); whoever has the ticket may fetch, whoever it is. */
export type FileServer = (request: CoapRequest) => Promise<Answer>;

const OPAQUE = 42;
/** Each block is a request of its own: what a ticket opens is looked up anew this often. */
const KEPT = 5 * SECOND;
const MOST_KEPT = 5_000;

type Kept = { readonly source: Promise<BlockSource | undefined>; readonly until: Instant };

export const createFileServer = (
  deps: Lwm2mDeps,
  sources: BlockSources,
  meter: Pick<TransferMeter, 'note'>,
  /** The last byte was served: the device may have the package. */
  fetched: (ticket: OpenedTicket) => void = () => undefined,
): FileServer => {
  const kept = new Map<string, Kept>();

  const open = async (ticket: string): Promise<BlockSource | undefined> => {
    const found = await openTicket(deps, ticket);
    if (!found.ok) return undefined;
    return sources(found.value.opened, (range) => {
      meter.note(found.value, range);
      if (range.end === found.value.pack.digests.size) fetched(found.value);
    });
  };

  const sourceOf = (ticket: string): Promise<BlockSource | undefined> => {
    const now = deps.clock();
    const known = kept.get(ticket);
    if (known !== undefined && known.until > now) return known.source;
    const source = open(ticket);
    kept.delete(ticket);
    kept.set(ticket, { source, until: now + KEPT });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return source;
  };

  return async ({ path: [, ticket = ''], method }) => {
    if (method !== 'GET') return diagnostic('4.05');
    const source = await sourceOf(ticket);
    return source === undefined
      ? diagnostic('4.04')
      : { code: '2.05', contentFormat: OPAQUE, payload: source };
  };
};

import type { Assignment } from '../../app/check-in.ts';
import { mintTicket, ticketPath } from '../../app/download-ticket.ts';
import { insist } from '../../app/insist.ts';
import { openPackage } from '../../app/packages.ts';
import { setTransfers } from '../../app/transfers.ts';
import { SECOND } from '../../domain/time.ts';
import type { BlockSources } from './block-source.ts';
import type { BlockSource } from './coap/peer.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import type { Scheme } from './session-types.ts';
import type { Speaker } from './visit.ts';

/** What URIs to this server begin with, by scheme. */
export type Origins = Readonly<Partial<Record<Scheme, string>>>;

/** Longer ones do not go into resource 1 of object 5 (A1.13). */
const LONGEST_URI = 255;

/** A URI for one device and package, which nobody can guess and which is over by itself; `undefined` where it is too long. */
export const packageUri = (
  deps: Pick<Lwm2mDeps, 'hashing' | 'sealing' | 'clock'>,
  { ticketTtl }: Pick<Lwm2mSettings, 'ticketTtl'>,
  origin: string,
  speaker: Speaker,
  { campaign, update, packages: [pack] }: Assignment,
): string | undefined => {
  const ticket = mintTicket(deps, {
    account: speaker.account.key,
    campaign: campaign.key,
    device: update.device,
    generation: update.generation,
    packageIndex: 0,
    expiresAt: deps.clock() + ticketTtl,
  });
  const uri = `${origin}${ticketPath(ticket, pack?.fileName ?? '')}`;
  return uri.length <= LONGEST_URI ? uri : undefined;
};

/** The bytes to write to a device. */
export const packageSource = async (
  deps: Pick<Lwm2mDeps, 'store' | 'blobs'>,
  sources: BlockSources,
  speaker: Speaker,
  { packages: [pack] }: Assignment,
): Promise<BlockSource | undefined> => {
  if (pack === undefined) return undefined;
  const opened = await openPackage(deps, speaker, pack.id);
  return opened.ok ? sources(opened.value) : undefined;
};

/** Tells how far a transfer is: at most once a second, and the end; what it fails to tell is told the next time. */
export const createTelling = (
  deps: Pick<Lwm2mDeps, 'store' | 'clock'>,
  speaker: Speaker,
  { campaign, packages: [pack] }: Assignment,
  device: string,
): ((done: number) => void) => {
  let toldAt = Number.NEGATIVE_INFINITY;
  let busy = false;
  return (done) => {
    const now = deps.clock();
    if (pack === undefined || busy) return;
    const of = pack.digests.size;
    if (done < of && now - toldAt < SECOND) return;
    toldAt = now;
    busy = true;
    const told = [{ id: pack.id, done: Math.min(done, of), of }];
    insist(() => setTransfers(deps, speaker, { campaign: campaign.id, device }, told))
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  };
};

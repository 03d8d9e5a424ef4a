import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import { wasDelivered } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Instant, SECOND } from '../domain/time.ts';
import type { Blobs } from './blobs.ts';
import type { Caller } from './caller.ts';
import { safeFileName } from './file-name.ts';
import type { Member } from './member.ts';
import { type OpenedPackage, openPackage } from './packages.ts';
import type { Clock, Hashing, Store } from './ports.ts';
import type { Sealing } from './protocol-ports.ts';
import type { StoredPackage } from './records.ts';
import { packagesOf } from './surroundings.ts';
import { packNumbers, unpackNumbers } from './ticket-code.ts';

/**
 * Who may fetch what until when: one package (by its place among those that the device gets) in one journey of a device.
 * The instant counts in whole seconds, the last one begun included.
 */
export type TicketFor = {
  readonly account: AccountKey;
  readonly campaign: CampaignKey;
  readonly device: DeviceKey;
  readonly generation: number;
  readonly packageIndex: number;
  readonly expiresAt: Instant;
};

type Signing = {
  readonly hashing: Pick<Hashing, 'hmacSha256' | 'equal'>;
  readonly sealing: Pick<Sealing, 'derive'>;
};

const MAC_BYTES = 16;
const FIELDS = 6;
/** Six numbers of at most eight bytes each, and the signature. */
const LONGEST = 88;

const base64url = { alphabet: 'base64url', omitPadding: true } as const;

const signatureOf = ({ hashing, sealing }: Signing, content: Uint8Array): Uint8Array =>
  Uint8Array.fromBase64(hashing.hmacSha256(sealing.derive('download'), content.toHex())).subarray(
    0,
    MAC_BYTES,
  );

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.from([...a, ...b]);

/**
 * A capability that nobody can guess and nothing is stored of: what it is for, signed with HMAC-SHA-256 cut to 128 bits;
 * some 40 characters of base64url.
 */
export const mintTicket = (deps: Signing, ticket: TicketFor): string => {
  const { account, campaign, device, generation, packageIndex, expiresAt } = ticket;
  const until = Math.ceil(expiresAt / SECOND);
  const content = packNumbers([account, campaign, device, generation, packageIndex, until]);
  return joined(content, signatureOf(deps, content)).toBase64(base64url);
};

const bytesOf = (text: string): Uint8Array | undefined => {
  if (text.length > LONGEST || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url', lastChunkHandling: 'loose' });
  } catch {
    return undefined;
  }
};

/** What a ticket is for, if this server signed it. Its time may be over. */
const readTicket = (deps: Signing, text: string): TicketFor | undefined => {
  const bytes = bytesOf(text);
  if (bytes === undefined || bytes.length <= MAC_BYTES) return undefined;
  const [content, signature] = [bytes.subarray(0, -MAC_BYTES), bytes.subarray(-MAC_BYTES)];
  if (!deps.hashing.equal(signature.toHex(), signatureOf(deps, content).toHex())) return undefined;
  const numbers = unpackNumbers(content, FIELDS);
  if (numbers === undefined) return undefined;
  const [account = 0, campaign = 0, device = 0, generation = 0, packageIndex = 0, until = 0] = numbers;
  return {
    // Keys that this server signed are keys.
    account: account as AccountKey,
    campaign: campaign as CampaignKey,
    device: device as DeviceKey,
    ...{ generation, packageIndex, expiresAt: until * SECOND },
  };
};

/** Whose bytes a ticket opens: it speaks for its device. */
export type OpenedTicket = {
  readonly speaker: Pick<Caller, 'account' | 'actor'>;
  readonly member: Member;
  readonly pack: StoredPackage;
  readonly opened: OpenedPackage;
};

type Opening = Signing & { readonly store: Store; readonly blobs: Blobs; readonly clock: Clock };

const unknown = refused<Refusal>({ code: 'not-found', entity: 'package', id: '' });

type Found = Pick<OpenedTicket, 'speaker' | 'member'>;

const findMember = async (store: Store, ticket: TicketFor): Promise<Found | undefined> => {
  const { account: key, campaign: campaignKey, device: deviceKey } = ticket;
  const [account, campaign, device, update] = await Promise.all([
    store.accounts.get(key),
    store.campaigns.get(key, campaignKey),
    store.devices.get(key, deviceKey),
    store.updates.find(key, campaignKey, deviceKey),
  ]);
  if (account === undefined || campaign === undefined || device === undefined || update === undefined)
    return undefined;
  const actor = { kind: 'device', id: device.id, wire: device.protocol } as const;
  return { speaker: { account, actor }, member: { campaign, device, update } };
};

/** A journey under way that was handed out, and that nobody has asked to stop. */
const mayFetch = ({ update }: Member, { generation }: TicketFor): boolean =>
  update.status === 'open' &&
  update.generation === generation &&
  update.recall === null &&
  (update.position === 'download-ready' || wasDelivered(update.position));

/** Refused as not-found for whatever reason: forged, expired, another journey, recalled, closed. */
export const openTicket = async (deps: Opening, text: string): Promise<Result<OpenedTicket, Refusal>> => {
  const { store, clock } = deps;
  const ticket = readTicket(deps, text);
  if (ticket === undefined || ticket.expiresAt <= clock()) return unknown;
  const found = await findMember(store, ticket);
  if (found === undefined || !mayFetch(found.member, ticket)) return unknown;
  const { campaign, update } = found.member;
  const pack = (await packagesOf(store, ticket.account, campaign, update))[ticket.packageIndex];
  if (pack === undefined) return unknown;
  const opened = await openPackage(deps, found.speaker, pack.id);
  return opened.ok ? ok({ ...found, pack, opened: opened.value }) : unknown;
};

const MOST_OF_NAME = 40;

/** Letters, digits and `._-` only, the end of it, for the extension. */
const shortName = (fileName: string): string => {
  const plain = safeFileName(fileName).replace(/[^A-Za-z0-9._-]+/g, '-');
  return plain.slice(-MOST_OF_NAME).replace(/^[.-]+/, '') || 'package';
};

/** Path below the public URL: `/dl/<ticket>/<short safe file name>`, at most 120 characters. */
export const ticketPath = (ticket: string, fileName: string): string =>
  `/dl/${ticket}/${shortName(fileName)}`;

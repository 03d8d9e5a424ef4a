import type { Work } from '../../app/device-work.ts';
import type { Member } from '../../app/members.ts';
import { spread } from '../../app/poll-pace.ts';
import type {
  StoredCampaign,
  StoredDevice,
  StoredPackage,
  StoredUpdate,
  UpdateLog,
} from '../../app/records.ts';
import type { Package } from '../../domain/package.ts';
import type {
  ActionHistory,
  Artifact,
  Cancel,
  Chunk,
  Confirmation,
  ConfirmationBase,
  Deployment,
  Root,
} from '../../wire/ddi/documents.ts';
import { actionIdOf } from './action-id.ts';
import type { Links } from './links.ts';
import { sleepText, standingOf, windowOf } from './offer.ts';

type Href = { readonly href: string };

/** Whether the device is to act by itself or as its keeper likes: an operator says so for a campaign. */
const handlingOf = ({ plan }: StoredCampaign): 'forced' | 'attempt' =>
  plan.settings['ddi.handling'] === 'attempt' ? 'attempt' : 'forced';

/** For caches: another number whenever the document may be another. */
const versionOf = ({ campaign, update }: Pick<Member, 'campaign' | 'update'>): number =>
  spread(`${update.version} ${handlingOf(campaign)}`) % 1_000_000;

/** The link that tells a device what to do, by what its update waits for. Only one of the three at a time. */
const actionLink = ({ assignment }: Work, links: Links): Record<string, Href> => {
  if (assignment === undefined) return {};
  const id = actionIdOf(assignment.update);
  const versioned = (base: string): Href => ({
    href: links.to(`${base}/${id}?c=${versionOf(assignment)}`),
  });
  switch (standingOf(assignment.update)) {
    case 'offered':
      return { deploymentBase: versioned('deploymentBase') };
    case 'waiting':
      return { confirmationBase: versioned('confirmationBase') };
    case 'cancelling':
      // Without a query: clients append to it (2.4).
      return { cancelAction: { href: links.to(`cancelAction/${id}`) } };
    default:
      return {};
  }
};

/** What a poll is answered (1.4). */
export const toRoot = (work: Work, device: StoredDevice, seconds: number, links: Links): Root => {
  const { installed } = work;
  const found: NonNullable<Root['_links']> = {
    ...actionLink(work, links),
    ...(installed && { installedBase: { href: links.to(`installedBase/${actionIdOf(installed)}`) } }),
    ...(device.attributesDue && { configData: { href: links.to('configData') } }),
  };
  return {
    config: { polling: { sleep: sleepText(seconds) } },
    ...(Object.keys(found).length > 0 && { _links: found }),
  };
};

/** A package says what it is to its clients by a label; two words have an older spelling on this wire. */
const partOf = ({ kind, labels }: Package): string => {
  const part = labels['ddi.part'];
  if (part === undefined) return kind === 'firmware' ? 'os' : 'bApp';
  return part === 'application' ? 'bApp' : part === 'runtime' ? 'jvm' : part;
};

/** One file of a package (1.7). Both pairs of links lead to the same place: each client knows one of them. */
export const toArtifact = ({ key, fileName, digests }: StoredPackage, links: Links): Artifact => {
  const bytes = { href: links.artifact(key, fileName) };
  const md5sum = { href: links.artifact(key, `${fileName}.MD5SUM`) };
  const { sha1, md5, sha256, size } = digests;
  return {
    filename: fileName,
    hashes: { sha1, md5, sha256 },
    size,
    _links: { download: bytes, md5sum, 'download-http': bytes, 'md5sum-http': md5sum },
  };
};

const METADATA = 'ddi.metadata.';

/** What a package tells its clients in words of their own; many have room for none. */
const metadataOf = ({ labels }: Package): NonNullable<Chunk['metadata']> =>
  Object.entries(labels)
    .filter(([name]) => name.startsWith(METADATA) && name.length > METADATA.length)
    .map(([name, value]) => ({ key: name.slice(METADATA.length), value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));

const toChunk = (pack: StoredPackage, links: Links): Chunk => {
  const metadata = metadataOf(pack);
  return {
    part: partOf(pack),
    version: pack.version,
    name: pack.name,
    artifacts: [toArtifact(pack, links)],
    ...(metadata.length > 0 && { metadata }),
  };
};

/** What the two documents that describe an action have in common. */
export type Described = {
  readonly member: Member;
  readonly packages: readonly StoredPackage[];
  readonly history: ActionHistory | undefined;
};

const contentOf = ({ member, packages }: Described, links: Links): Deployment['deployment'] => {
  const handling = handlingOf(member.campaign);
  const chunks = packages.map((pack) => toChunk(pack, links));
  const maintenanceWindow = windowOf(member);
  if (maintenanceWindow === undefined) return { download: handling, update: handling, chunks };
  const update = maintenanceWindow === 'available' ? handling : 'skip';
  return { download: handling, update, maintenanceWindow, chunks };
};

const historyOf = ({ history }: Described) => (history === undefined ? {} : { actionHistory: history });

export const toDeployment = (described: Described, links: Links): Deployment => ({
  id: actionIdOf(described.member.update),
  deployment: contentOf(described, links),
  ...historyOf(described),
});

export const toConfirmation = (described: Described, links: Links): Confirmation => ({
  id: actionIdOf(described.member.update),
  confirmation: contentOf(described, links),
  ...historyOf(described),
});

export const toCancel = (update: StoredUpdate): Cancel => {
  const id = actionIdOf(update);
  return { id, cancelAction: { stopId: id } };
};

/** Whether the keeper agreed in advance, and what waits for a word from it (1.11). */
export const toConfirmationBase = (
  work: Work,
  { autoConfirm }: StoredDevice,
  links: Links,
): ConfirmationBase => {
  const { confirmationBase } = actionLink(work, links);
  const verb = autoConfirm === null ? 'activateAutoConfirm' : 'deactivateAutoConfirm';
  return {
    autoConfirm:
      autoConfirm === null
        ? { active: false }
        : {
            active: true,
            initiator: autoConfirm.by,
            remark: autoConfirm.remark,
            activatedAt: autoConfirm.at,
          },
    _links: {
      [verb]: { href: links.to(`confirmationBase/${verb}`) },
      ...(confirmationBase && { confirmationBase }),
    },
  };
};

const statusOf = (update: StoredUpdate): string => {
  if (update.status === 'closed') {
    if (update.outcome === 'succeeded') return 'FINISHED';
    return update.outcome === 'failed' || update.outcome === 'timed-out' ? 'ERROR' : 'CANCELED';
  }
  const words = { offered: 'RUNNING', held: 'RUNNING', closed: 'FINISHED' } as const;
  const more = { waiting: 'WAIT_FOR_CONFIRMATION', cancelling: 'CANCELING' } as const;
  return { ...words, ...more }[standingOf(update)];
};

const MOST_MESSAGES = 100;

/** How many lines of history `actionHistory` asks for: none by itself, a hundred for all. */
export const messagesAsked = (text: string | undefined): number => {
  const asked = Number(text ?? 0);
  if (!Number.isInteger(asked)) return 0;
  return asked < 0 || asked > MOST_MESSAGES ? MOST_MESSAGES : asked;
};

/** The latest lines first; nothing when there are none. */
export const toHistory = (
  update: StoredUpdate,
  { entries }: UpdateLog,
  most: number,
): ActionHistory | undefined => {
  const messages = entries
    .flatMap(({ lines }) => lines)
    .reverse()
    .slice(0, most);
  return messages.length === 0 ? undefined : { status: statusOf(update), messages };
};

import type { Member } from '../../app/member.ts';
import type { ListedUpdate, StoredUpdate, UpdateLog } from '../../app/records.ts';
import type { Transfer } from '../../app/transfers.ts';
import { phases } from '../../domain/position.ts';
import type { DownloadProgress, GatewayStatus } from '../../wire/pulse/gateways.ts';
import { type GatewayState, gatewayStates } from './states.ts';

/** The state of a gateway in a campaign; closing leaves it as it is. */
export const toState = ({ position }: Pick<StoredUpdate, 'position'>): GatewayState =>
  gatewayStates[position];

/** A gateway in the list of a campaign. */
export const toGateway = (update: ListedUpdate) => ({
  gatewayId: update.deviceId,
  state: toState(update),
  closed: update.status === 'closed',
});

/** How far the download of each package is, in bytes. */
export const toDownloadProgress = (transfers: readonly Transfer[]): DownloadProgress => ({
  packagesProgress: transfers.map(({ id, done, of }) => ({ id, progress: `${done}`, total: `${of}` })),
});

/** Lines at most, the latest (reference 3.3). */
const MOST_LINES = 1_000;

/**
 * What a device printed while it executed, oldest line first. A gateway tells that apart from what it says about its
 * commands; of devices of other protocols it is all that they say.
 */
export const toLines = ({ entries }: UpdateLog, { device }: Pick<Member, 'device'>): readonly string[] =>
  entries
    .filter(({ word }) => device.protocol !== 'gateway' || phases.some((phase) => phase === word))
    .flatMap(({ lines }) => lines)
    .slice(-MOST_LINES);

/** A gateway in a campaign with all that is known of it. */
export const toGatewayStatus = (
  { campaign, device, update }: Member,
  transfers: readonly Transfer[],
  log: UpdateLog,
): GatewayStatus => ({
  campaignId: campaign.id,
  campaignState: { state: toState(update) },
  timestamp: `${Math.max(update.heardAt, update.since)}`,
  downloadProgress: toDownloadProgress(transfers),
  executionProgress: [...toLines(log, { device })],
  gatewayId: device.id,
  closed: update.status === 'closed',
  outcome: update.status === 'closed' ? update.outcome : '',
  reason: update.status === 'closed' && update.reason !== 'none' ? update.reason : '',
  message: update.status === 'closed' ? update.message : '',
});

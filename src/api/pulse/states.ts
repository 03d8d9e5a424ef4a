import type { CampaignStatus } from '../../domain/campaign.ts';
import type { Position } from '../../domain/position.ts';

/** The status of a campaign as this wire has it (design 4; reference 2.1). */
export const campaignStatusOf = (
  status: CampaignStatus,
  policy: 'none' | (string & {}),
): PulseCampaignStatus => {
  if (status === 'scheduled') return policy === 'none' ? 'CREATED' : 'APPROVED';
  return statuses[status];
};

/** Every status that this wire knows. */
export const campaignStatuses = ['CREATED', 'APPROVAL_NEEDED', 'APPROVED', 'STARTED', 'STOPPED'] as const;
export type PulseCampaignStatus = (typeof campaignStatuses)[number];

const statuses: Readonly<Record<Exclude<CampaignStatus, 'scheduled'>, PulseCampaignStatus>> = {
  draft: 'CREATED',
  'awaiting-approval': 'APPROVAL_NEEDED',
  approved: 'APPROVED',
  running: 'STARTED',
  paused: 'STARTED',
  stopped: 'STOPPED',
  ended: 'STOPPED',
  cancelled: 'STOPPED',
  rejected: 'STOPPED',
  failed: 'STOPPED',
};

/** The state of a gateway in a campaign (reference 2.2). */
export const gatewayStates = {
  pending: 'INSTANTIATED',
  inventoried: 'INVENTORY_UP_TO_DATE',
  'download-awaiting-approval': 'WAITING_FOR_DOWNLOAD_APPROVAL',
  'download-scheduled': 'SCHEDULED_DOWNLOAD',
  'download-ready': 'WAITING_FOR_DOWNLOAD',
  'download-running': 'DOWNLOADING',
  'download-complete': 'DOWNLOAD_COMPLETE',
  'download-failed': 'DOWNLOAD_FAILED',
  'execution-awaiting-approval': 'WAITING_FOR_EXECUTION_APPROVAL',
  'execution-scheduled': 'SCHEDULED_EXECUTION',
  'execution-ready': 'WAITING_FOR_EXECUTION',
  'execution-running': 'EXECUTING',
  'execution-complete': 'EXECUTION_COMPLETE',
  'execution-failed': 'EXECUTION_FAILED',
  'activation-awaiting-approval': 'WAITING_FOR_ACTIVATION_APPROVAL',
  'activation-scheduled': 'SCHEDULED_ACTIVATION',
  'activation-ready': 'WAITING_FOR_ACTIVATION',
  'activation-running': 'ACTIVATING',
  'activation-complete': 'ACTIVATION_COMPLETE',
  'activation-failed': 'ACTIVATION_FAILED',
  resetting: 'RESETTING',
  reset: 'RESET_COMPLETE',
  'reset-failed': 'RESET_FAILED',
} as const satisfies Readonly<Record<Position, string>>;
export type GatewayState = (typeof gatewayStates)[Position];

/** Every state that this wire knows. */
export const allGatewayStates: readonly GatewayState[] = Object.values(gatewayStates);

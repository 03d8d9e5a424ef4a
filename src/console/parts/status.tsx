import {
  IconAlertTriangle,
  IconBan,
  IconCalendarTime,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconLoader,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconRotate2,
  IconThumbUp,
  IconUserQuestion,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Campaign } from '../../wire/muster/campaigns.ts';
import { sentence } from '../words/format.ts';
import { outcomeLabel, positionLabel } from '../words/progress.ts';
import styles from './status.module.css';

type Icon = ComponentType<{
  readonly size?: number;
  readonly stroke?: number;
  readonly 'aria-hidden'?: boolean;
}>;
export type Tone = 'good' | 'bad' | 'busy' | 'wait' | 'quiet';

type MarkProps = { readonly icon: Icon; readonly tone: Tone; readonly children: string };

/** A state in words, with an icon whose colour says nothing that the words do not. */
export const Mark = ({ icon: Shape, tone, children }: MarkProps) => (
  <span className={styles.mark} data-tone={tone}>
    <Shape size={16} stroke={1.8} aria-hidden />
    {children}
  </span>
);

const ofCampaign: Readonly<Record<Campaign['status'], readonly [Icon, Tone]>> = {
  draft: [IconCircleDashed, 'quiet'],
  'awaiting-approval': [IconUserQuestion, 'wait'],
  approved: [IconThumbUp, 'busy'],
  scheduled: [IconCalendarTime, 'busy'],
  running: [IconPlayerPlay, 'busy'],
  paused: [IconPlayerPause, 'wait'],
  stopped: [IconPlayerStop, 'quiet'],
  ended: [IconCircleCheck, 'good'],
  cancelled: [IconBan, 'quiet'],
  rejected: [IconCircleX, 'bad'],
  failed: [IconAlertTriangle, 'bad'],
};

export const CampaignStatus = ({ status }: { readonly status: Campaign['status'] }) => {
  const [icon, tone] = ofCampaign[status];
  return (
    <Mark icon={icon} tone={tone}>
      {sentence(status)}
    </Mark>
  );
};

const ofOutcome: Readonly<Record<string, readonly [Icon, Tone]>> = {
  succeeded: [IconCircleCheck, 'good'],
  failed: [IconCircleX, 'bad'],
  'timed-out': [IconClock, 'bad'],
  rejected: [IconBan, 'bad'],
};

const ofPosition = (position: string): readonly [Icon, Tone] => {
  if (position.endsWith('-awaiting-approval')) return [IconUserQuestion, 'wait'];
  if (/-(?:running|complete)$/.test(position)) return [IconLoader, 'busy'];
  if (position.endsWith('-failed')) return [IconAlertTriangle, 'bad'];
  if (position.startsWith('reset')) return [IconRotate2, 'wait'];
  return [IconClock, 'quiet'];
};

type UpdateStatusProps = { readonly position: string; readonly outcome: string | null };

/** Where a device is on its way, or how that ended. */
export const UpdateStatus = ({ position, outcome }: UpdateStatusProps) => {
  const [icon, tone] = outcome === null ? ofPosition(position) : (ofOutcome[outcome] ?? [IconBan, 'quiet']);
  return (
    <Mark icon={icon} tone={tone}>
      {outcome === null ? positionLabel(position) : outcomeLabel(outcome)}
    </Mark>
  );
};

import { Tooltip, UnstyledButton } from '@mantine/core';
import { type Freshness, useFreshness } from '../data/freshness.ts';
import { useNow } from '../parts/when.tsx';
import { duration } from '../words/format.ts';
import styles from './freshness-mark.module.css';

const label = ({ mode, at }: Freshness, now: number): string => {
  const age = `as of ${duration(now - at)} ago`;
  switch (mode) {
    case 'connecting':
      return 'Connecting';
    case 'live':
      return 'Live';
    case 'polling':
      return `Polling, ${age}`;
    case 'offline':
      return `Offline, ${age}`;
  }
};

const explanations: Readonly<Record<Freshness['mode'], string>> = {
  connecting: 'The live stream is being opened.',
  live: 'Changes appear as they happen.',
  polling: 'The live stream is down: everything shown is asked for again every five seconds.',
  offline: 'The server does not answer. What is shown is as old as it says here.',
};

/** How old what is shown is, and why. */
export const FreshnessMark = () => {
  const freshness = useFreshness();
  const now = useNow();
  return (
    <Tooltip label={explanations[freshness.mode]} multiline w={240}>
      <UnstyledButton className={styles.mark} data-mode={freshness.mode} aria-describedby="freshness-why">
        <span className={styles.dot} aria-hidden />
        <span className={styles.text} role="status" aria-live={freshness.mode === 'live' ? 'off' : 'polite'}>
          {label(freshness, Math.max(now, freshness.at))}
        </span>
        <span id="freshness-why" hidden>
          {explanations[freshness.mode]}
        </span>
      </UnstyledButton>
    </Tooltip>
  );
};

import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { count, percent } from '../words/format.ts';
import styles from './ranked.module.css';

export type RankedRow = {
  readonly name: string;
  readonly label: ReactNode;
  readonly count: number;
};

type RankedProps = {
  readonly label: string;
  readonly rows: readonly RankedRow[];
  readonly total: number;
  readonly tone?: 'good' | 'bad' | 'plain';
  readonly none: string;
};

/** Numbers with what they are of, each with a bar as long as its share. */
export const Ranked = ({ label, rows, total, tone = 'plain', none }: RankedProps) => {
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    );
  }
  const most = Math.max(1, ...rows.map((row) => row.count));
  return (
    <ul className={styles.list} aria-label={label} data-tone={tone}>
      {rows.map(({ name, label: words, count: n }) => (
        <li key={name}>
          <span className={styles.name}>{words}</span>
          <span className={styles.track} aria-hidden>
            {n > 0 && <span className={styles.bar} style={{ width: `${(100 * n) / most}%` }} />}
          </span>
          <span className={styles.count}>{count(n)}</span>
          <span className={styles.share}>{percent(n, total)}</span>
        </li>
      ))}
    </ul>
  );
};

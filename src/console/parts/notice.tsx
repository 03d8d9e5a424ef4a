import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './notice.module.css';

type NoticeProps = {
  readonly tone: 'bad' | 'wait' | 'info' | 'good';
  readonly title?: string;
  readonly children: ReactNode;
  /** It has just come about: it is read out at once. */
  readonly isNews?: boolean;
};

const icons = {
  bad: IconAlertTriangle,
  wait: IconAlertTriangle,
  info: IconInfoCircle,
  good: IconCircleCheck,
};

/** Something to know before going on. The words are as dark as all others; the edge says how grave it is. */
export const Notice = ({ tone, title, children, isNews = false }: NoticeProps) => {
  const Icon = icons[tone];
  return (
    <div className={styles.notice} data-tone={tone} role={isNews ? 'alert' : undefined}>
      <Icon size={18} stroke={1.8} aria-hidden />
      <div className={styles.words}>
        {title !== undefined && <strong>{title}</strong>}
        <div>{children}</div>
      </div>
    </div>
  );
};

import { count, percent, plural } from '../words/format.ts';
import { type Counts, type Part, partsOf } from '../words/progress.ts';
import { PageLink } from './page-link.tsx';
import styles from './phase-bar.module.css';

const textOf = (parts: readonly Part[], total: number): string =>
  parts
    .filter((part) => part.count > 0)
    .map((part) => `${part.label} ${count(part.count)} (${percent(part.count, total)})`)
    .join(', ') || 'No devices yet';

type BarProps = {
  readonly counts: Counts;
  readonly size?: 'thin' | 'tall';
  /** What is shown, for those who hear it. */
  readonly of: string;
};

/** How far the devices of a campaign are, as one bar. */
export const PhaseBar = ({ counts, size = 'thin', of }: BarProps) => {
  const parts = partsOf(counts);
  return (
    <div
      className={styles.bar}
      data-size={size}
      role="img"
      aria-label={`${of}: ${textOf(parts, counts.total)}`}
    >
      {parts
        .filter((part) => part.count > 0)
        .map(({ name, label, count: n }) => (
          <div
            key={name}
            className={styles.part}
            data-part={name}
            style={{ flexGrow: n }}
            title={`${label}: ${count(n)}, ${percent(n, counts.total)}`}
          />
        ))}
    </div>
  );
};

/** The parts of the bar in words; each number leads to its devices. */
export const PhaseLegend = ({ counts, campaign }: { readonly counts: Counts; readonly campaign: string }) => (
  <ul className={styles.legend}>
    {partsOf(counts)
      .filter(({ count: n, name }) => n > 0 || name === 'succeeded' || name === 'failed')
      .map(({ name, label, count: n, positions, outcomes }) => (
        <li key={name}>
          <span className={styles.swatch} data-part={name} aria-hidden />
          <span className={styles.label}>{label}</span>
          <PageLink
            to="/campaigns/$campaign"
            params={{ campaign }}
            search={{ position: [...positions], outcome: [...outcomes] }}
            hash="devices"
            aria-label={`${label}: ${plural(n, 'device')}`}
            className={styles.number}
          >
            {count(n)}
          </PageLink>
          <span className={styles.share}>{percent(n, counts.total)}</span>
        </li>
      ))}
  </ul>
);

import type { TimelineEvent } from '../../wire/muster/events.ts';
import { useNames } from '../data/names.ts';
import { eventText, isBad } from '../words/events.ts';
import { CampaignName } from './campaign-cells.tsx';
import { PageLink } from './page-link.tsx';
import styles from './timeline.module.css';
import { When } from './when.tsx';

type TimelineProps = {
  readonly label: string;
  readonly events: readonly TimelineEvent[];
  /** What each event says beside what happened: not what the page is about anyhow. */
  readonly shows: 'device' | 'campaign';
  /** What a device said meanwhile, in its own words. */
  readonly said?: readonly Said[];
};

export type Said = {
  readonly id: string;
  readonly at: string;
  readonly word: string;
  readonly lines: readonly string[];
  readonly isBad: boolean;
};

const who = ({ actor }: TimelineEvent, nameOf: (id: string) => string): string => {
  if (actor.kind === 'user') return `by ${actor.id === null ? 'somebody' : nameOf(actor.id)}`;
  return actor.kind === 'server' ? 'by the server' : '';
};

const About = ({ event, shows }: { readonly event: TimelineEvent } & Pick<TimelineProps, 'shows'>) => {
  const { device, campaign } = event;
  if (shows === 'device' && device !== null) {
    return (
      <PageLink to="/devices/$device" params={{ device }} size="sm">
        {device}
      </PageLink>
    );
  }
  if (shows === 'campaign' && campaign !== null) {
    return <CampaignName id={campaign} />;
  }
  return null;
};

const Words = ({ word, lines }: Pick<Said, 'word' | 'lines'>) => (
  <span className={styles.what}>
    <span className={styles.text}>“{word}”</span> <span className={styles.who}>said the device</span>
    {lines.map((line, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
      <span key={index} className={styles.line}>
        {line}
      </span>
    ))}
  </span>
);

/** What happened, the newest first. */
export const Timeline = ({ label, events, shows, said = [] }: TimelineProps) => {
  const nameOf = useNames();
  const items = [
    ...events.map((event) => ({ at: event.at, event, words: undefined })),
    ...said.map((words) => ({ at: words.at, event: undefined, words })),
  ].toSorted((a, b) => b.at.localeCompare(a.at));
  return (
    <ol className={styles.timeline} aria-label={label}>
      {items.map(({ at, event, words }) =>
        event === undefined ? (
          <li key={words.id} data-bad={words.isBad}>
            <span className={styles.when}>
              <When at={at} />
            </span>
            <Words word={words.word} lines={words.lines} />
          </li>
        ) : (
          <li key={event.seq} data-bad={isBad(event.type, event.data)} data-own={event.device === null}>
            <span className={styles.when}>
              <When at={event.at} />
            </span>
            <span className={styles.what}>
              <span className={styles.text}>{eventText(event.type, event.data)}</span>{' '}
              <About event={event} shows={shows} />{' '}
              <span className={styles.who}>
                {who(event, nameOf)}
                {event.wire !== null && event.actor.kind === 'device' ? ` over ${event.wire}` : ''}
              </span>
            </span>
          </li>
        ),
      )}
    </ol>
  );
};

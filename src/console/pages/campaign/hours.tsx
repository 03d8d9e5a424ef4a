import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { courseQuery } from '../../data/queries.ts';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { count, plural } from '../../words/format.ts';
import { type Heat, heatOf, hottest } from '../../words/heat.ts';
import { dayLabels, HOURS_A_DAY } from '../../words/week.ts';
import styles from './hours.module.css';
import { Week } from './plan.tsx';
import { ZoneHours } from './zone-hours.tsx';

const LEVELS = 5;
/** A number has room in its cell up to here. */
const SHORT = 1_000;

const levelOf = (many: number, most: number): number =>
  many === 0 || most === 0 ? 0 : Math.max(1, Math.ceil((LEVELS * many) / most));

const short = (many: number): string =>
  many < SHORT ? count(Math.round(many)) : `${count(Math.round(many / SHORT))}k`;

const busiest = (heat: Heat): string => {
  const most = hottest(heat);
  const day = heat.findIndex((row) => row.includes(most));
  const hour = heat[day]?.indexOf(most) ?? 0;
  return `Most between ${hour} and ${hour + 1} o’clock on ${dayLabels[day]}: ${plural(Math.round(most), 'device')}.`;
};

const HeatMap = ({ heat }: { readonly heat: Heat }) => {
  const most = hottest(heat);
  return (
    <figure className={styles.heat} aria-label={`When updates ended, by hour of the week. ${busiest(heat)}`}>
      {heat.map((row, day) => (
        <div key={dayLabels[day]} className={styles.day} aria-hidden>
          <span className={styles.name}>{dayLabels[day]}</span>
          {row.map((many, hour) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place in the day
              key={hour}
              className={styles.hour}
              data-level={levelOf(many, most)}
              title={`${dayLabels[day]} ${hour} to ${hour + 1}: ${plural(Math.round(many), 'device')}`}
            >
              {many > 0 && <span>{short(many)}</span>}
            </span>
          ))}
        </div>
      ))}
      <div className={styles.day} aria-hidden>
        <span />
        {Array.from({ length: HOURS_A_DAY }, (_, hour) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place in the day
          <span key={hour} className={styles.axis}>
            {hour % 3 === 0 ? hour : ''}
          </span>
        ))}
      </div>
      <figcaption>
        <Text size="sm">
          {busiest(heat)}{' '}
          <Text span size="sm" c="dimmed">
            In your time zone.
          </Text>
        </Text>
      </figcaption>
    </figure>
  );
};

/** At which hours of the week updates ended, and at which they may begin. */
export const Hours = ({ campaign }: { readonly campaign: Campaign }) => {
  const course = useQuery(courseQuery(useApi(), campaign.id));
  const { download, install } = campaign;
  return (
    <Stack gap="lg">
      <ZoneHours campaign={campaign.id} />
      <Section title="When updates ended">
        <Loaded query={course} what="the hours">
          {({ stretches, everySeconds }) =>
            stretches.length === 0 ? (
              <Empty title="No update has ended yet">
                Once some have, it is shown here at which hours of the week.
              </Empty>
            ) : (
              <HeatMap heat={heatOf(stretches, everySeconds)} />
            )
          }
        </Loaded>
      </Section>
      <div className={styles.windows}>
        {[
          { title: 'Installation may begin', windows: install.windows, of: 'installations' },
          { title: 'Download may begin', windows: download.windows, of: 'downloads' },
        ].map(({ title, windows, of }) => (
          <Section key={of} title={title}>
            {windows.length === 0 ? (
              <Text size="sm" c="dimmed">
                At any hour.
              </Text>
            ) : (
              <>
                <Week windows={windows} of={of} />
                <Text size="xs" c="dimmed">
                  {windows.some(({ zone }) => zone === 'device') ? 'On the clock of each device.' : 'In UTC.'}
                </Text>
              </>
            )}
          </Section>
        ))}
      </div>
    </Stack>
  );
};

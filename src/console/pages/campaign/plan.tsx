import { Stack, Text } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { useNames } from '../../data/names.ts';
import { packageQuery } from '../../data/queries.ts';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { bytes } from '../../words/format.ts';
import { openHours, rulesOf } from '../../words/rules.ts';
import styles from './board.module.css';

const Packages = ({ ids }: { readonly ids: readonly string[] }) => {
  const api = useApi();
  const queries = useQueries({ queries: ids.map((id) => packageQuery(api, id)) });
  if (ids.length === 0)
    return (
      <Text size="sm" c="dimmed">
        None.
      </Text>
    );
  return (
    <ol className={styles.plain}>
      {queries.map(({ data }, index) => (
        <li key={ids[index]}>
          {data === undefined ? (
            ids[index]
          ) : (
            <>
              <PageLink to="/packages/$package" params={{ package: data.id }} size="sm">
                {data.name} {data.version}
              </PageLink>{' '}
              <Text span size="sm" c="dimmed">
                {data.kind}, {bytes(data.size)}
              </Text>
            </>
          )}
        </li>
      ))}
    </ol>
  );
};

const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The hours of a week in which a phase may begin. */
export const Week = ({
  windows,
  of,
}: {
  readonly windows: Campaign['download']['windows'];
  readonly of: string;
}) => (
  <figure className={styles.week} aria-label={`Hours in which ${of} may begin; they are in words above`}>
    {openHours(windows).map((hours, day) => (
      <div key={week[day]} className={styles.weekDay}>
        <span className={styles.weekName}>{week[day]}</span>
        {hours.map((share, hour) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place in the day
            key={hour}
            className={styles.weekHour}
            style={{ opacity: 0.12 + 0.88 * share }}
            data-open={share > 0}
          />
        ))}
      </div>
    ))}
    <figcaption className={styles.weekAxis}>
      <span>0</span>
      <span>6</span>
      <span>12</span>
      <span>18</span>
      <span>24</span>
    </figcaption>
  </figure>
);

const policies: Readonly<Record<Campaign['approvalPolicy'], string>> = {
  none: 'Nobody has to approve it',
  one: 'Somebody has to approve it',
  another: 'Somebody who did not make it has to approve it',
  'two-others': 'Two who did not make it have to approve it',
};

/** What was decided about a campaign, and by whom. */
export const Plan = ({ campaign }: { readonly campaign: Campaign }) => {
  const nameOf = useNames();
  const { approvals, approvalPolicy, createdBy, createdAt, editedBy, editedAt, download, install } = campaign;
  const hasWindows = download.windows.length + install.windows.length > 0;
  return (
    <div className={styles.plan}>
      <Section title="Rules" id="rules">
        <dl className={styles.rules}>
          {rulesOf(campaign).map(({ about, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two rules may say the same
            <div key={index}>
              <dt>{about}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </Section>
      <Stack gap="lg">
        <Section title="Packages" id="packages">
          <Packages ids={campaign.packages} />
        </Section>
        {hasWindows && (
          <Section title="Windows" id="windows">
            {download.windows.length > 0 && <Week windows={download.windows} of="downloads" />}
            {install.windows.length > 0 && <Week windows={install.windows} of="installations" />}
          </Section>
        )}
        <Section title="Approvals" id="approvals">
          <ul className={styles.plain}>
            <li>{policies[approvalPolicy]}</li>
            {approvalPolicy !== 'none' && approvals.length === 0 && <li>Nobody has approved it yet</li>}
            {approvals.map(({ by, at }) => (
              <li key={`${by} ${at}`}>
                Approved by {nameOf(by)} <When at={at} />
              </li>
            ))}
          </ul>
        </Section>
        <Section title="Authors" id="authors">
          <ul className={styles.plain}>
            <li>
              Made by {nameOf(createdBy)} <When at={createdAt} />
            </li>
            {editedAt !== createdAt && (
              <li>
                Changed by {nameOf(editedBy)} <When at={editedAt} />
              </li>
            )}
          </ul>
        </Section>
      </Stack>
    </div>
  );
};

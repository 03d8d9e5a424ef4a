import { Group, Text } from '@mantine/core';
import { IconUserQuestion } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Device } from '../../../wire/muster/devices.ts';
import type { Update } from '../../../wire/muster/members.ts';
import { deviceEventsQuery, deviceQuery, deviceUpdatesQuery, logQuery } from '../../data/queries.ts';
import { CampaignName } from '../../parts/campaign-cells.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Mark, UpdateStatus } from '../../parts/status.tsx';
import { type Said, Timeline } from '../../parts/timeline.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { reasonLabel } from '../../words/events.ts';
import { DeviceActions } from './actions.tsx';
import { BeginAgain } from './begin-again.tsx';
import styles from './device.module.css';
import { Facts } from './facts.tsx';
import { OpenUpdate } from './open-update.tsx';

const route = getRouteApi('/devices/$device');

const Past = ({ device, updates }: { readonly device: string; readonly updates: readonly Update[] }) =>
  updates.length === 0 ? (
    <Text size="sm" c="dimmed">
      No update of this device is over yet.
    </Text>
  ) : (
    <ul className={styles.past}>
      {updates.map(({ campaign, position, outcome, reason, message, since }) => (
        <li key={campaign}>
          <UpdateStatus position={position} outcome={outcome} />
          <CampaignName id={campaign} />
          <span className={styles.reason}>{message ?? (reason === null ? '' : reasonLabel(reason))}</span>
          <span className={styles.since}>
            <When at={since} />
          </span>
          <BeginAgain device={device} campaign={campaign} outcome={outcome} />
        </li>
      ))}
    </ul>
  );

const Updates = ({ device }: { readonly device: Device }) => {
  const query = useQuery(deviceUpdatesQuery(useApi(), device.id));
  return (
    <Loaded query={query} what="its updates">
      {({ items }) => {
        const open = items.filter(({ outcome }) => outcome === null);
        const past = items.filter(({ outcome }) => outcome !== null);
        return (
          <>
            <Section title={open.length > 1 ? 'Current updates' : 'Current update'}>
              {open.length === 0 ? (
                <Text size="sm" c="dimmed">
                  In no campaign that is under way.
                </Text>
              ) : (
                open.map((update) => (
                  <OpenUpdate
                    key={update.campaign}
                    update={update}
                    name={<CampaignName id={update.campaign} />}
                  />
                ))
              )}
            </Section>
            <Section title="Updates that are over">
              <Past device={device.id} updates={past.toSorted((a, b) => b.since.localeCompare(a.since))} />
            </Section>
          </>
        );
      }}
    </Loaded>
  );
};

/** Logs of so many updates are shown among the events: those that began last. */
const LOGS = 5;

/** What the device said about its latest updates, in its own words. */
const useSaid = (device: string): readonly Said[] => {
  const api = useApi();
  const { data } = useQuery(deviceUpdatesQuery(api, device));
  const latest = (data?.items ?? []).toSorted((a, b) => b.since.localeCompare(a.since)).slice(0, LOGS);
  return useQueries({
    queries: latest.map(({ campaign }) => logQuery(api, campaign, device)),
    combine: (logs) =>
      logs.flatMap(({ data: log }, n) =>
        (log?.entries ?? []).map(({ n: entry, at, word, lines, result }) => ({
          ...{ id: `${latest[n]?.campaign} ${entry}`, at, word, lines, isBad: result === 'failure' },
        })),
      ),
  });
};

const Events = ({ device }: { readonly device: string }) => {
  const query = useQuery(deviceEventsQuery(useApi(), device));
  const said = useSaid(device);
  return (
    <Loaded query={query} what="the timeline">
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nothing has happened yet">What happens to the device appears here.</Empty>
        ) : (
          <Timeline label="What happened to the device" events={items} shows="campaign" said={said} />
        )
      }
    </Loaded>
  );
};

const crumbs = [{ label: 'Devices', to: '/devices' }];

/** One device: what it is, what it does now and why not more, what happened to it. */
export const DevicePage = () => {
  const { device: id } = route.useParams();
  const query = useQuery(deviceQuery(useApi(), id));
  const device = query.data;
  if (device === undefined) {
    return (
      <Page title={id} crumbs={crumbs}>
        <Loaded query={query} what="the device">
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return (
    <Page
      title={device.id}
      crumbs={crumbs}
      lead={
        <Group gap={6}>
          {[device.name === device.id ? '' : device.name, device.make, device.model]
            .filter(Boolean)
            .join(' · ')}
          <span>
            over {device.protocol}, last seen <When at={device.lastSeenAt} />
          </span>
          {device.standing === 'waiting' && (
            <Mark icon={IconUserQuestion} tone="wait">
              Waits to be accepted
            </Mark>
          )}
        </Group>
      }
      actions={<DeviceActions device={device} />}
    >
      <div className={styles.columns}>
        <div className={styles.main}>
          <Updates device={device} />
          <Section title="Timeline">
            <Events device={device.id} />
          </Section>
        </div>
        <Facts device={device} />
      </div>
    </Page>
  );
};

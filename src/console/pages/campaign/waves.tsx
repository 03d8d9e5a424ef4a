import { Table, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconHandStop, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import type { Rollout } from '../../../wire/muster/rollouts.ts';
import { rolloutQuery } from '../../data/queries.ts';
import { PageLink } from '../../parts/page-link.tsx';
import { PhaseBar } from '../../parts/phase-bar.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Mark } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { count, plural } from '../../words/format.ts';
import { failedOutcomes } from '../../words/progress.ts';
import { waveText } from '../../words/rules.ts';
import styles from './board.module.css';

type Tallies = Rollout['tallies'][number];

const none: Omit<Tallies, 'scope'> = {
  ...{ started: 0, inProgress: 0, succeeded: 0, failed: 0, rejected: 0, timedOut: 0 },
  ...{ silent: 0, rolledBack: 0, other: 0 },
};

const countsOf = (devices: number, tallies: Omit<Tallies, 'scope'>) => {
  const { inProgress, succeeded, failed, rejected, timedOut, other } = tallies;
  const done = succeeded + failed + rejected + timedOut + other;
  const total = Math.max(devices, done + inProgress);
  return {
    total,
    open: { 'execution-running': inProgress, pending: total - done - inProgress },
    closed: { succeeded, failed, rejected, 'timed-out': timedOut, cancelled: other },
  };
};

const WaveState = ({ rollout, place }: { readonly rollout: Rollout; readonly place: number }) => {
  const { wave, held, metAt, opensAt } = rollout;
  if (held.includes(`wave/${place}`))
    return (
      <Mark icon={IconHandStop} tone="wait">
        Held
      </Mark>
    );
  if (wave === null || place > wave)
    return (
      <Mark icon={IconCircleDashed} tone="quiet">
        Closed
      </Mark>
    );
  if (place < wave)
    return (
      <Mark icon={IconCircleCheck} tone="good">
        Done
      </Mark>
    );
  return (
    <>
      <Mark icon={IconPlayerPlay} tone="busy">
        Open
      </Mark>
      {opensAt !== null && (
        <Text size="xs" c="dimmed">
          next <When at={opensAt} />
        </Text>
      )}
      {opensAt === null && metAt !== null && (
        <Text size="xs" c="dimmed">
          met <When at={metAt} />
        </Text>
      )}
    </>
  );
};

type ToDevicesProps = {
  readonly campaign: string;
  readonly wave: number;
  /** All that were let in where it is left out. */
  readonly outcome?: readonly string[];
  readonly many: number;
  readonly what: string;
};

/** A number that leads to the devices of a wave behind it. */
const ToDevices = ({ campaign, wave, outcome, many, what }: ToDevicesProps) => (
  <PageLink
    to="/campaigns/$campaign"
    params={{ campaign }}
    search={{ wave: `${wave}`, ...(outcome !== undefined && { outcome }) }}
    hash="devices"
    underline={outcome === undefined ? 'always' : 'hover'}
    aria-label={`${plural(many, 'device')} ${what}`}
  >
    {count(many)}
  </PageLink>
);

/** How far each wave is. */
export const Waves = ({ campaign }: { readonly campaign: Campaign }) => {
  const rollout = useQuery(rolloutQuery(useApi(), campaign.id));
  if (campaign.rollout.by !== 'waves') return null;
  const { waves } = campaign.rollout;
  return (
    <Loaded query={rollout} what="the waves">
      {(known) => (
        <Table verticalSpacing={8} horizontalSpacing={6} className={styles.waves}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Wave</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">Let in</Table.Th>
              <Table.Th className={styles.waveBar}>Progress</Table.Th>
              <Table.Th ta="right">Done</Table.Th>
              <Table.Th ta="right">Failed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {waves.map((wave, place) => {
              const tallies = known.tallies.find(({ scope }) => scope === `wave/${place}`) ?? none;
              const size = known.waves[place]?.devices ?? null;
              const counts = countsOf(size ?? 0, tallies);
              return (
                <Table.Tr key={wave.name}>
                  <Table.Td>
                    <Text size="sm" fw={550}>
                      {wave.name}
                    </Text>
                    <Text size="xs" c="dimmed" visibleFrom="sm">
                      {waveText(wave)}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <WaveState rollout={known} place={place} />
                  </Table.Td>
                  <Table.Td ta="right" className={styles.letIn}>
                    <ToDevices
                      campaign={campaign.id}
                      wave={place}
                      many={tallies.started}
                      what={`let in under the wave ${wave.name}`}
                    />
                    {size !== null && ` of ${count(size)}`}
                  </Table.Td>
                  <Table.Td className={styles.waveBar}>
                    <PhaseBar counts={counts} of={wave.name} />
                  </Table.Td>
                  <Table.Td ta="right">
                    <ToDevices
                      campaign={campaign.id}
                      wave={place}
                      outcome={['succeeded']}
                      many={tallies.succeeded}
                      what={`succeeded in the wave ${wave.name}`}
                    />
                  </Table.Td>
                  <Table.Td ta="right">
                    <ToDevices
                      campaign={campaign.id}
                      wave={place}
                      outcome={failedOutcomes}
                      many={tallies.failed + tallies.rejected + tallies.timedOut}
                      what={`failed in the wave ${wave.name}`}
                    />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      )}
    </Loaded>
  );
};

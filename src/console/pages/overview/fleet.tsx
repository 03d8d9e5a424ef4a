import { useQuery } from '@tanstack/react-query';
import type { Fleet } from '../../../wire/muster/devices.ts';
import { fleetQuery } from '../../data/queries.ts';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Ranked, type RankedRow } from '../../parts/ranked.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { duration } from '../../words/format.ts';
import { quoted } from '../../words/query-form.ts';
import { otherVersionsQuery, versionQuery } from './links.ts';
import styles from './overview.module.css';

const MOST = 8;

const To = ({ where, children }: { readonly where: string; readonly children: string }) => (
  <PageLink to="/devices" search={{ where }} size="sm">
    {children}
  </PageLink>
);

const versionRow = ({ version, count }: Fleet['versions'][number]): RankedRow => ({
  name: version,
  count,
  label: <To where={versionQuery(version)}>{version === '' ? 'Not told' : version}</To>,
});

const protocolRow = ({ protocol, count }: Fleet['protocols'][number]): RankedRow => ({
  name: protocol,
  count,
  label: <To where={`protocol = ${quoted(protocol)}`}>{protocol}</To>,
});

const age = (at: string, from: string): string => duration(Date.parse(at) - Date.parse(from));

const seenRow =
  (at: string) =>
  ({ from, to, count }: Fleet['seen'][number]): RankedRow => {
    if (from !== null && to === null)
      return { name: from, count, label: <To where={`lastSeen >= "${from}"`}>{`Last ${age(at, from)}`}</To> };
    if (from !== null && to !== null) {
      const where = `lastSeen >= "${from}" and lastSeen < "${to}"`;
      return { name: from, count, label: <To where={where}>{`${age(at, to)} to ${age(at, from)} ago`}</To> };
    }
    if (to !== null) {
      const where = `exists(lastSeen) and lastSeen < "${to}"`;
      return { name: `before ${to}`, count, label: <To where={where}>{`Over ${age(at, to)} ago`}</To> };
    }
    return { name: 'never', count, label: <To where="not exists(lastSeen)">Never</To> };
  };

/** What the devices are, by version, protocol and when they were last seen. */
export const FleetParts = () => {
  const fleet = useQuery(fleetQuery(useApi()));
  return (
    <Loaded query={fleet} what="the fleet">
      {({ at, devices, versions, protocols, seen }) => {
        if (devices === 0) {
          return (
            <Empty title="No devices yet">
              Import them from a file, or let them register themselves: the settings of the account say
              whether they may.
            </Empty>
          );
        }
        const rest = versions.slice(MOST).reduce((sum, { count }) => sum + count, 0);
        const others = otherVersionsQuery(versions.slice(0, MOST).map(({ version }) => version));
        const more: readonly RankedRow[] =
          rest > 0 ? [{ name: 'others', label: <To where={others}>Others</To>, count: rest }] : [];
        return (
          <div className={styles.fleet}>
            <Section title="Firmware">
              <Ranked
                label="Devices by firmware version"
                rows={[...versions.slice(0, MOST).map(versionRow), ...more]}
                total={devices}
                none="None."
              />
            </Section>
            <Section title="Last seen">
              <Ranked
                label="Devices by when they were last seen"
                rows={seen.map(seenRow(at))}
                total={devices}
                none="None."
              />
            </Section>
            <Section title="Protocol">
              <Ranked
                label="Devices by protocol"
                rows={protocols.map(protocolRow)}
                total={devices}
                none="None."
              />
            </Section>
          </div>
        );
      }}
    </Loaded>
  );
};

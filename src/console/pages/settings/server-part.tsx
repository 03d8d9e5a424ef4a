import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { serverQuery } from '../../data/settings.ts';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { bytes, duration, instant, plural } from '../../words/format.ts';
import { Fact } from './fact.tsx';
import styles from './settings.module.css';

const NONE = 'no limit';
const size = (limit: number): string => (limit === 0 ? NONE : bytes(limit));
const span = (seconds: number): string => duration(seconds * 1_000);

/** What runs here, and what the operator of the server has allowed. */
export const ServerPart = () => {
  const query = useQuery(serverQuery(useApi()));
  return (
    <Loaded query={query} what="the server">
      {({ version, node, url, now, limits }) => (
        <Stack gap="xl">
          <Section title="Server">
            <dl className={styles.facts}>
              <Fact name="Muster">{version}</Fact>
              <Fact name="Node.js">{node}</Fact>
              <Fact name="API">{url}</Fact>
              <Fact name="Its clock">{instant(now)}</Fact>
            </dl>
          </Section>
          <Section title="Limits">
            <dl className={styles.facts}>
              <Fact name="Package">{size(limits.packageBytes)}</Fact>
              <Fact name="Import of devices">{size(limits.importBytes)}</Fact>
              <Fact name="Sign-ins per minute">
                {limits.signInsPerMinute === 0 ? NONE : `${limits.signInsPerMinute} from one address`}
              </Fact>
              <Fact name="Locked out">
                {limits.failuresBeforeLock === 0
                  ? 'never'
                  : `after ${plural(limits.failuresBeforeLock, 'wrong password')}, for ${span(limits.lockSeconds)}`}
              </Fact>
              <Fact name="Session">{span(limits.sessionSeconds)}</Fact>
            </dl>
          </Section>
          <p>
            These are set where the server is started. Who has reached one is in the{' '}
            <PageLink to="/settings" search={{ part: 'audit' }}>
              audit
            </PageLink>
            .
          </p>
        </Stack>
      )}
    </Loaded>
  );
};

import { Button, Stack, Text } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Forecast } from '../../../wire/muster/forecasts.ts';
import { packageQuery } from '../../data/queries.ts';
import { useApi } from '../../session/use-session.ts';
import { bytes, count, plural, shortInstant } from '../../words/format.ts';
import { rulesOf } from '../../words/rules.ts';
import { usePolicy } from './approval-section.tsx';
import styles from './create.module.css';
import { usePlanForecast } from './forecast.ts';
import { usePlanning } from './plan-context.ts';

/** Packages by name and version, as far as they are known. */
export const usePackageNames = (ids: readonly string[]): ((id: string) => string) => {
  const api = useApi();
  const names = useQueries({
    queries: ids.map((id) => packageQuery(api, id)),
    combine: (found) =>
      new Map(
        found.flatMap(({ data }) => (data === undefined ? [] : [[data.id, `${data.name} ${data.version}`]])),
      ),
  });
  return (id) => names.get(id) ?? id.slice(0, 8);
};

const Row = ({ about, children }: { readonly about: string; readonly children: ReactNode }) => (
  <div>
    <dt>{about}</dt>
    <dd>{children}</dd>
  </div>
);

const nothing = (
  <Text span size="sm" c="dimmed">
    –
  </Text>
);

const finishText = ({ finish }: Forecast): string =>
  finish === null
    ? 'Not, as planned: see the forecast'
    : `${shortInstant(finish.middle)}, at the latest ${shortInstant(finish.high)}`;

const ForecastRows = () => {
  const { data, isReady, isFetching } = usePlanForecast();
  if (!isReady || data === undefined)
    return <Row about="Done by">{isFetching && isReady ? 'Forecasting…' : nothing}</Row>;
  const { planned } = data;
  return (
    <>
      <Row about="Done by">{finishText(planned)}</Row>
      <Row about="At most">{plural(planned.peak.inProgress.middle, 'device')} in progress</Row>
      <Row about="Bytes">{bytes(planned.bytes.middle)}</Row>
    </>
  );
};

const Devices = () => {
  const { examination, form } = usePlanning();
  const { target } = form.plan;
  if (target.by === 'hand') {
    const many = Math.max(form.devices.length, 0);
    const inIt = examination?.devices ?? 0;
    if (many + inIt === 0) return nothing;
    return <>{plural(many + inIt, 'device')} by hand</>;
  }
  if (examination === undefined) return nothing;
  const out = examination.excluded.reduce((sum, { devices }) => sum + devices, 0);
  return (
    <>
      <b>{plural(examination.devices, 'device')}</b>
      {out > 0 && `, of which ${count(out)} cannot take part`}
    </>
  );
};

const shown = ['Rollout', 'Limits', 'Download', 'Installation', 'Checkpoints', 'Stop rule', 'Freeze', 'End'];

type SummaryProps = { readonly onReview: () => void; readonly action: string };

/** The plan in words while it is made, and what is still to be done. */
export const Summary = ({ onReview, action }: SummaryProps) => {
  const { form, flaws } = usePlanning();
  const policy = usePolicy();
  const nameOf = usePackageNames(form.plan.packages);
  const { packages } = form.plan;
  return (
    <aside className={styles.summary} aria-label="Summary">
      <Stack gap="sm">
        <dl className={styles.lines}>
          <Row about="Packages">{packages.length === 0 ? nothing : packages.map(nameOf).join(', then ')}</Row>
          <Row about="Devices">
            <Devices />
          </Row>
          <ForecastRows />
          {rulesOf(form.plan)
            .filter(({ about }) => shown.includes(about))
            .map(({ about, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two rules may say the same
              <Row key={index} about={about}>
                {text}
              </Row>
            ))}
          {policy !== undefined && <Row about="Approval">{policy.text}</Row>}
        </dl>
        {flaws.length > 0 && (
          <ul className={styles.flaws} aria-label="Still to do">
            {flaws.map(({ at, text }) => (
              <li key={`${at} ${text}`}>{text}</li>
            ))}
          </ul>
        )}
        <div className={styles.go}>
          <Button onClick={onReview} fullWidth>
            {action}
          </Button>
        </div>
      </Stack>
    </aside>
  );
};

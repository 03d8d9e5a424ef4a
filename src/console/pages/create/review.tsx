import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { InstantField } from '../../parts/instant-field.tsx';
import { Notice } from '../../parts/notice.tsx';
import { useMay } from '../../session/use-session.ts';
import { bytes, count, plural, sentence, shortInstant } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { usePolicy } from './approval-section.tsx';
import styles from './create.module.css';
import { Exclusions } from './exclusions.tsx';
import { usePlanForecast } from './forecast.ts';
import { usePlanning } from './plan-context.ts';
import { ReviewDiff } from './review-diff.tsx';
import { type Then, useSave } from './save.ts';
import { usePackageNames } from './summary.tsx';

type ReviewProps = {
  /** The campaign that is edited. */
  readonly was: Campaign | undefined;
  /** The campaign that this one is to be like. */
  readonly like: Campaign | undefined;
  readonly onClose: () => void;
  readonly onSaved: (campaign: Campaign) => void;
  readonly onRefused: (error: unknown) => void;
};

type Start = Then['do'];

const asksToConfirm = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.errors?.some(({ at }) => at === '/confirm') === true;

/** `true, because the target matches no device` as a sentence. */
const doubtText = (error: ProblemError): string =>
  `${sentence((error.problem.errors?.[0]?.expected ?? '').replace(/^true, because /, ''))}.`;

const problemText = (error: unknown): string => {
  if (!(error instanceof ProblemError))
    return 'The server does not answer. Try again: nothing is done twice.';
  if (asksToConfirm(error)) return doubtText(error);
  const { detail, requestId } = error.problem;
  return `${detail}${requestId === '' ? '' : ` Request ${requestId}.`}`;
};

/** What is brought to whom, in one sentence, and how that is expected to go. */
const Gist = () => {
  const { form, examination } = usePlanning();
  const { data } = usePlanForecast();
  const { plan, devices } = form;
  const nameOf = usePackageNames(plan.packages);
  const many = (examination?.devices ?? 0) + (plan.target.by === 'hand' ? devices.length : 0);
  const forecast = data?.planned;
  return (
    <Stack gap="xs">
      <Text size="sm">
        Brings <b>{plan.packages.length === 0 ? 'no package' : plan.packages.map(nameOf).join(', then ')}</b>{' '}
        to <b>{plural(many, 'device')}</b>
        {'expression' in plan.target && (
          <>
            {' '}
            where <code className={styles.inline}>{plan.target.expression}</code>
          </>
        )}
        .{' '}
        {forecast !== undefined && forecast.finish !== null && (
          <>
            Done by <b>{shortInstant(forecast.finish.middle)}</b>, at the latest{' '}
            {shortInstant(forecast.finish.high)}; {count(forecast.peak.inProgress.middle)} in progress at
            most, {bytes(forecast.bytes.middle)} in all.
          </>
        )}
        {forecast?.finish === null &&
          'As planned not all of them get it: the forecast says what they wait for.'}
      </Text>
      <Exclusions />
    </Stack>
  );
};

const useStarts = (was: Campaign | undefined) => {
  const may = useMay();
  const policy = usePolicy();
  const needsApproval = (was?.approvalPolicy ?? policy?.name ?? 'none') !== 'none';
  const isDraft = was === undefined || was.status === 'draft';
  const canFollow = isDraft && !needsApproval;
  const forbidden = [whyMayNot(may, 'Start Campaign'), whyMayNot(may, 'Schedule Campaign')] as const;
  const [whyNotStart, whyNotSchedule] = forbidden;
  const starts: { readonly value: Start; readonly label: string; readonly disabled?: boolean }[] = [
    {
      value: 'nothing',
      label: needsApproval ? 'Ask for approval' : was === undefined ? 'Keep as a draft' : 'Save only',
    },
    ...(canFollow
      ? [
          { value: 'start' as const, label: 'Start now', disabled: whyNotStart !== undefined },
          { value: 'schedule' as const, label: 'Start later', disabled: whyNotSchedule !== undefined },
        ]
      : []),
  ];
  return {
    starts,
    whyNot: canFollow ? forbidden.filter((one) => one !== undefined) : [],
    needsApproval,
    policy,
  };
};

const intoSight = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' });

const verbs: Readonly<Record<Start, readonly [fresh: string, edited: string]>> = {
  nothing: ['Create', 'Save'],
  start: ['Create and start', 'Save and start'],
  schedule: ['Create and schedule', 'Save and schedule'],
};

/** Everything once more before it is saved, and what follows then. */
export const Review = ({ was, like, onClose, onSaved, onRefused }: ReviewProps) => {
  const { form } = usePlanning();
  const { starts, whyNot, needsApproval, policy } = useStarts(was);
  const [start, setStart] = useState<Start>('nothing');
  const [startAt, setStartAt] = useState<string | null>(null);
  const [isSure, setSure] = useState(false);
  const { mutate, isPending, error, made } = useSave(onSaved);
  const mustConfirm = asksToConfirm(error);
  const carryOut = (): void => {
    const then: Then =
      start === 'start'
        ? { do: 'start', confirm: isSure }
        : start === 'schedule'
          ? { do: 'schedule', startAt: startAt ?? '' }
          : { do: 'nothing' };
    mutate({ form, was, then }, { onError: onRefused });
  };
  const saved = made();
  const [fresh, edited] = verbs[start];
  return (
    <Modal opened onClose={onClose} size="xl" title={`Review: ${form.plan.name}`}>
      <Stack gap="lg">
        <Gist />
        <ReviewDiff was={was} like={like} />
        <Stack gap="xs">
          {policy !== undefined && <Text size="sm">{policy.text}</Text>}
          {needsApproval && was !== undefined && was.approvals.length > 0 && (
            <Text size="sm">A change of what is sent, to whom or how makes approvals lapse.</Text>
          )}
          {starts.length > 1 && (
            <Group gap="md" align="flex-end">
              <SegmentedControl
                aria-label="What follows"
                data={starts}
                value={start}
                onChange={(value) => setStart(starts.find((one) => one.value === value)?.value ?? 'nothing')}
              />
              {start === 'schedule' && (
                <InstantField label="Start at, in your time zone" value={startAt} onChange={setStartAt} />
              )}
            </Group>
          )}
          {whyNot.map((reason) => (
            <Text key={reason} size="xs" c="dimmed">
              {reason}
            </Text>
          ))}
        </Stack>
        {error !== null && (
          <div ref={intoSight}>
            <Notice
              tone={mustConfirm ? 'wait' : 'bad'}
              isNews
              {...(saved !== undefined && { title: 'It is saved, but not started' })}
            >
              <Stack gap="xs">
                {problemText(error)}
                {mustConfirm && (
                  <Checkbox
                    label="Start it all the same"
                    checked={isSure}
                    onChange={({ currentTarget }) => setSure(currentTarget.checked)}
                  />
                )}
              </Stack>
            </Notice>
          </div>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => (saved === undefined ? onClose() : onSaved(saved))}>
            {saved === undefined ? 'Go on editing' : 'Leave it as it is'}
          </Button>
          <Button
            loading={isPending}
            disabled={(start === 'schedule' && startAt === null) || (mustConfirm && !isSure)}
            onClick={carryOut}
          >
            {saved !== undefined && start !== 'nothing' ? 'Start it' : was === undefined ? fresh : edited}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};

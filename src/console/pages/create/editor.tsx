import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { useNames } from '../../data/names.ts';
import { examinationQuery } from '../../data/planning.ts';
import { Notice } from '../../parts/notice.tsx';
import { type Crumb, Page, Section } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { ApprovalSection } from './approval-section.tsx';
import styles from './create.module.css';
import { DevicesSection } from './devices-section.tsx';
import { flawsOf } from './flaws.ts';
import { ForecastSection } from './forecast-section.tsx';
import { type Flaw, type Form, isExaminable, missingOf, named } from './form.ts';
import { PackagesSection } from './packages-section.tsx';
import { type Planning, PlanningContext, useFlaw, usePlanning } from './plan-context.ts';
import { RetrySection } from './retry-section.tsx';
import { Review } from './review.tsx';
import { RolloutSection } from './rollout-section.tsx';
import { ScheduleSection } from './schedule-section.tsx';
import { StopRulesSection } from './stop-rules-section.tsx';
import { Summary } from './summary.tsx';
import { type KeptForm, useForm } from './use-form.ts';
import { YamlMenu } from './yaml-menu.tsx';

const PAUSE = 400;

const NameSection = () => {
  const { form, change } = usePlanning();
  const { below } = useFlaw();
  return (
    <Section title="Name">
      <Stack gap="sm" maw={480}>
        <TextInput
          aria-label="Name of the campaign"
          maxLength={256}
          value={form.plan.name}
          error={below('/name')}
          onChange={({ currentTarget }) => change({ name: currentTarget.value })}
        />
        <Textarea
          label="Description"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={4_096}
          value={form.plan.description}
          error={below('/description')}
          onChange={({ currentTarget }) => change({ description: currentTarget.value })}
        />
      </Stack>
    </Section>
  );
};

type KeptNoteProps = { readonly kept: KeptForm; readonly was: Campaign | undefined };

/** A draft that was found, and what may have happened to the campaign since. */
const KeptNote = ({ kept: { found, discard }, was }: KeptNoteProps) => {
  if (found === undefined) return null;
  const isStale = was !== undefined && found.revision !== was.revision;
  return (
    <Notice
      tone={isStale ? 'wait' : 'info'}
      title={isStale ? 'Somebody has changed the campaign since' : 'Your draft was kept'}
    >
      <Group gap="sm">
        <span>
          You left it <When at={new Date(found.at).toISOString()} />
          {isStale ? '; saving it takes back what they have changed. The review shows what that is.' : '.'}
        </span>
        <Button size="compact-sm" variant="default" onClick={discard}>
          Begin anew
        </Button>
      </Group>
    </Notice>
  );
};

/** What the server says about the plan, a moment after somebody has stopped typing. */
const useExamination = (form: Form, campaign: string | undefined) => {
  const [settled] = useDebouncedValue(form.plan, PAUSE);
  const { data, error, isPlaceholderData } = useQuery({
    ...examinationQuery(useApi(), { plan: named(settled), campaign }),
    enabled: isExaminable(settled),
    placeholderData: (last) => last,
  });
  const flaws = useMemo(() => flawsOf(error), [error]);
  return {
    settled,
    examination: error === null && isExaminable(settled) ? data : undefined,
    flaws,
    isOld: isPlaceholderData,
  };
};

/** Who looks at a form for the first time is not told yet what it lacks. */
const shownFlaws = (missing: readonly Flaw[], server: readonly Flaw[], hasTried: boolean): readonly Flaw[] =>
  hasTried
    ? [...missing, ...server.filter(({ at }) => !missing.some((one) => one.at === at))]
    : server.filter(({ at }) => at !== '/name');

type MovedOnProps = {
  readonly newest: Campaign;
  readonly onTheirs: () => void;
  readonly onMine: () => void;
};

/** Somebody else has changed the campaign while this page was open. */
const MovedOn = ({ newest, onTheirs, onMine }: MovedOnProps) => {
  const nameOf = useNames();
  return (
    <Notice tone="wait" isNews title={`${nameOf(newest.editedBy)} has changed the campaign meanwhile`}>
      <Group gap="sm">
        <span>What you fill in here does not have it.</span>
        <Button size="compact-sm" variant="default" onClick={onTheirs}>
          Take theirs, drop mine
        </Button>
        <Button size="compact-sm" variant="default" onClick={onMine}>
          Put mine in its place
        </Button>
      </Group>
    </Notice>
  );
};

type EditorProps = {
  /** Under which drafts are kept. */
  readonly about: string;
  readonly title: string;
  readonly lead?: string;
  readonly crumbs: readonly Crumb[];
  readonly beginning: Form;
  readonly was?: Campaign;
  readonly like?: Campaign;
  /** Of a campaign that is edited: as it is by now, and what to do when that is another. */
  readonly edited?: MovedOnProps;
};

/** A plan on one page, with what it means at its side. */
export const Editor = ({ about, title, lead, crumbs, beginning, was, like, edited }: EditorProps) => {
  const kept = useForm(about, beginning, was?.revision ?? 0);
  const { form, change, setDevices, replace, done } = kept;
  const [hasTried, setTried] = useState(false);
  const [isReviewing, setReviewing] = useState(false);
  const [refused, setRefused] = useState<{ readonly form: Form; readonly error: unknown }>();
  const navigate = useNavigate();
  const campaign = was?.id;
  const { settled, examination, flaws: found } = useExamination(form, campaign);
  const missing = useMemo(() => missingOf(form, was === undefined), [form, was]);
  // What was refused is forgotten once something was changed.
  const onSaving = refused?.form === form ? flawsOf(refused.error) : [];
  const flaws = shownFlaws(missing, [...found, ...onSaving.filter(({ at }) => at !== '/confirm')], hasTried);

  const planning = useMemo(
    (): Planning => ({ form, change, setDevices, flaws, campaign, examination, settled }),
    [form, change, setDevices, flaws, campaign, examination, settled],
  );
  const review = (): void => {
    setTried(true);
    if (missing.length + found.length === 0) setReviewing(true);
    else requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const leave = (saved: Campaign): void => {
    done();
    notifications.show({ title: saved.name, message: was === undefined ? 'Made' : 'Saved', color: 'green' });
    void navigate({ to: '/campaigns/$campaign', params: { campaign: saved.id } });
  };
  return (
    <PlanningContext value={planning}>
      <Page
        title={title}
        crumbs={crumbs}
        {...(lead !== undefined && { lead })}
        actions={<YamlMenu form={form} onImport={replace} />}
      >
        <div className={styles.page}>
          <div className={styles.form} key={kept.generation}>
            <KeptNote kept={kept} was={was} />
            {edited !== undefined && edited.newest.revision !== was?.revision && (
              <MovedOn
                {...edited}
                onTheirs={() => {
                  done();
                  edited.onTheirs();
                }}
              />
            )}
            <NameSection />
            <PackagesSection />
            <DevicesSection />
            <ScheduleSection />
            <RolloutSection />
            <StopRulesSection />
            <RetrySection />
            <ApprovalSection />
            <ForecastSection />
          </div>
          <Summary onReview={review} action={was === undefined ? 'Review and create' : 'Review and save'} />
        </div>
        {isReviewing && (
          <Review
            was={was}
            like={like}
            onClose={() => setReviewing(false)}
            onSaved={leave}
            onRefused={(error) => setRefused({ form, error })}
          />
        )}
      </Page>
    </PlanningContext>
  );
};

import { Button, PasswordInput, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import { Notice } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useApi } from '../../session/use-session.ts';
import styles from './settings.module.css';

const SHORTEST = 12;
const empty = { current: '', next: '' };

/** The password of whoever is signed in. */
export const OwnPassword = () => {
  const [form, setForm] = useState(empty);
  const { client } = useApi();
  const change = useMutation({
    mutationFn: () => client.changePassword({ body: form }),
    meta: { asksPassword: true },
    onSuccess: () => {
      setForm(empty);
      notifications.show({ message: 'Your password is changed; your other sessions have ended' });
    },
  });
  const isWrong = change.error instanceof ProblemError && change.error.problem.status === 401;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Section title="My password">
      <form onSubmit={submit} className={styles.form}>
        <Stack gap="sm" align="flex-start">
          <PasswordInput
            label="Present password"
            w={320}
            maw="100%"
            required
            autoComplete="current-password"
            value={form.current}
            onChange={({ currentTarget: { value } }) => setForm((now) => ({ ...now, current: value }))}
          />
          <PasswordInput
            label="New password"
            description={`At least ${SHORTEST} characters; ends your other sessions`}
            w={320}
            maw="100%"
            required
            minLength={SHORTEST}
            autoComplete="new-password"
            value={form.next}
            onChange={({ currentTarget: { value } }) => setForm((now) => ({ ...now, next: value }))}
          />
          {isWrong ? (
            <Notice tone="bad" isNews>
              That is not your present password.
            </Notice>
          ) : (
            <ProblemNotice error={change.error} />
          )}
          <Button type="submit" variant="default" loading={change.isPending}>
            Change it
          </Button>
        </Stack>
      </form>
    </Section>
  );
};

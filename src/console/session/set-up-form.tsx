import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ProblemError } from '../../client/muster.ts';
import { Notice } from '../parts/notice.tsx';
import { wordsOfFailure } from './sign-in-form.tsx';
import { useSession } from './use-session.ts';

const SHORTEST = 12;

const first = { first: '', name: '', email: '', password: '', account: '' };

const failureOf = (error: unknown): string =>
  error instanceof ProblemError && error.problem.status === 401
    ? 'That is not the password that the first start has printed.'
    : wordsOfFailure(error);

/** The administrator, the password and the first account of a new server. */
export const SetUpForm = () => {
  const session = useSession();
  const [form, setForm] = useState(first);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const field = (name: keyof typeof first) => ({
    name,
    required: true,
    value: form[name],
    onChange: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = currentTarget;
      setForm((now) => ({ ...now, [name]: value }));
    },
  });

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await session.setUp(form);
    } catch (error) {
      setProblem(failureOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        <PasswordInput
          {...field('first')}
          label="Password from the first start"
          autoComplete="off"
          data-autofocus
        />
        <TextInput {...field('name')} label="Your name" autoComplete="name" />
        <TextInput {...field('email')} type="email" label="Your e-mail address" autoComplete="username" />
        <PasswordInput
          {...field('password')}
          label="New password"
          description={`At least ${SHORTEST} characters`}
          autoComplete="new-password"
          minLength={SHORTEST}
        />
        <TextInput
          {...field('account')}
          label="Name of the first account"
          description="Devices, packages and campaigns belong to an account: an organisation, or a part of one"
          autoComplete="organization"
        />
        {problem !== undefined && (
          <Notice tone="bad" isNews>
            {problem}
          </Notice>
        )}
        <Button type="submit" loading={busy}>
          Set up
        </Button>
      </Stack>
    </form>
  );
};

import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ProblemError } from '../../client/muster.ts';
import { Notice } from '../parts/notice.tsx';
import { useSession } from './use-session.ts';

export const wordsOfFailure = (error: unknown): string => {
  if (!(error instanceof ProblemError))
    return 'The server does not answer. Look at the network, then try again.';
  const { status, detail } = error.problem;
  if (status === 401) return 'Address or password is wrong, or the user is locked or disabled for a while.';
  if (status === 429) return 'Too many tries from this address. Wait a minute, then try again.';
  return detail;
};

type SignInFormProps = {
  /** Who it was, where somebody has to sign in again. */
  readonly email?: string;
  readonly onDone?: () => void;
};

export const SignInForm = ({ email: known = '', onDone }: SignInFormProps) => {
  const session = useSession();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await session.signIn({ email, password });
      onDone?.();
    } catch (error) {
      setProblem(wordsOfFailure(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        <TextInput
          label="E-mail address"
          name="email"
          autoComplete="username"
          required
          readOnly={known !== ''}
          value={email}
          onChange={({ currentTarget }) => setEmail(currentTarget.value)}
          data-autofocus={known === '' ? true : undefined}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          data-autofocus={known === '' ? undefined : true}
        />
        {problem !== undefined && (
          <Notice tone="bad" isNews>
            {problem}
          </Notice>
        )}
        <Button type="submit" loading={busy}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
};

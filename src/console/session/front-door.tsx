import { Anchor, Button, Center, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import markUrl from '../mark.svg';
import { Loading } from '../parts/states.tsx';
import { SetUpForm } from './set-up-form.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { useSession, useSessionState } from './use-session.ts';

type DoorProps = { readonly title: string; readonly lead?: string; readonly children: ReactNode };

const Door = ({ title, lead, children }: DoorProps) => {
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Stack gap={6} align="center">
          <img src={markUrl} width={40} height={40} alt="" />
          <Title order={1} size="h3">
            {title}
          </Title>
          {lead !== undefined && (
            <Text size="sm" c="dimmed" ta="center">
              {lead}
            </Text>
          )}
        </Stack>
        <Paper withBorder p="lg" radius="md">
          {children}
        </Paper>
      </Stack>
    </Center>
  );
};

const SetUpDoor = () => {
  const [wantsToSignIn, setWantsToSignIn] = useState(false);
  const other = (
    <Anchor
      component="button"
      type="button"
      size="sm"
      mt="md"
      onClick={() => setWantsToSignIn((now) => !now)}
    >
      {wantsToSignIn ? 'Set up this server instead' : 'Sign in instead'}
    </Anchor>
  );
  if (wantsToSignIn) {
    return (
      <Door title="Sign in to Muster">
        <SignInForm />
        {other}
      </Door>
    );
  }
  return (
    <Door
      title="Set up Muster"
      lead="This server is new. Its first start has printed a password once, in the window or the log it was started in."
    >
      <SetUpForm />
      {other}
    </Door>
  );
};

/** What somebody sees who is not signed in; the pages for those who are. */
export const FrontDoor = ({ children }: { readonly children: ReactNode }) => {
  const session = useSession();
  const state = useSessionState();
  useEffect(() => void session.begin(), [session]);
  switch (state.status) {
    case 'unknown':
      return <Loading what="the console" />;
    case 'unreachable':
      return (
        <Door title="Muster does not answer" lead={state.problem}>
          <Button fullWidth variant="default" onClick={() => void session.begin()}>
            Try again
          </Button>
        </Door>
      );
    case 'set-up':
      return <SetUpDoor />;
    case 'signed-out':
      return (
        <Door title="Sign in to Muster">
          <SignInForm />
        </Door>
      );
    case 'signed-in':
    case 'expired':
      return children;
  }
};

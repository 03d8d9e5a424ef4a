import { Button, Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { SignInForm } from './sign-in-form.tsx';
import { useSession, useSessionState } from './use-session.ts';

/** Over the page as it is, when the session has ended meanwhile: nothing that was typed is lost. */
export const SignInAgain = () => {
  const session = useSession();
  const state = useSessionState();
  const queries = useQueryClient();
  if (state.status !== 'expired') return null;
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Sign in again"
      centered
    >
      <Stack gap="md">
        <Text size="sm">Your session has ended. The page behind this stays as it is.</Text>
        <SignInForm email={state.who.user.email} onDone={() => void queries.invalidateQueries()} />
        <Button variant="subtle" color="gray" size="xs" onClick={() => void session.signOut()}>
          Leave, as somebody else
        </Button>
      </Stack>
    </Modal>
  );
};

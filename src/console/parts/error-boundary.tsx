import { Button, Code, Container, Stack, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { ProblemError } from '../../client/muster.ts';

type Props = { readonly children: ReactNode };
type State = { readonly error: unknown };

const requestOf = (error: unknown): string => (error instanceof ProblemError ? error.problem.requestId : '');

/** Shown in place of a page that broke. */
export const Broken = ({ error, onAgain }: { readonly error: unknown; readonly onAgain: () => void }) => (
  <Container size="sm" py="xl" role="alert">
    <Stack align="flex-start" gap="sm">
      <Title order={1} size="h3">
        This page broke
      </Title>
      <Text size="sm">
        {error instanceof Error ? error.message : String(error)} Nothing was changed on the server.
      </Text>
      {requestOf(error) !== '' && (
        <Text size="sm">
          Request <Code>{requestOf(error)}</Code>
        </Text>
      )}
      <Button variant="default" onClick={onAgain}>
        Load it again
      </Button>
    </Stack>
  </Container>
);

// React has no other way to catch what breaks while it draws.
/** Keeps what breaks inside of it from taking the whole console with it. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Broken error={error} onAgain={() => window.location.reload()} />;
  }
}

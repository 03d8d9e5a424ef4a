import { Code, Text } from '@mantine/core';
import { ProblemError } from '../../client/muster.ts';
import { Notice } from './notice.tsx';

/** What the server said no to, each part of it, and under which id its log has it; nothing where there is no error. */
export const ProblemNotice = ({ error }: { readonly error: unknown }) => {
  if (error === null || error === undefined) return null;
  if (!(error instanceof ProblemError)) {
    return (
      <Notice tone="bad" isNews title="It did not get through">
        The server does not answer. Nothing typed is lost: try again.
      </Notice>
    );
  }
  const { title, detail, errors = [], requestId } = error.problem;
  return (
    <Notice tone="bad" isNews title={title}>
      {errors.length === 0 && detail}
      {errors.map(({ at, expected, got }) => (
        <div key={`${at} ${expected}`}>
          {at === '' ? '' : `${at}: `}expected {expected}
          {got === '' ? '' : `, got ${got}`}
        </div>
      ))}
      {requestId !== '' && (
        <Text size="xs" mt={4}>
          Request <Code>{requestId}</Code>
        </Text>
      )}
    </Notice>
  );
};

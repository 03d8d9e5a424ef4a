import { notifications } from '@mantine/notifications';
import { ProblemError } from '../../client/muster.ts';

/** What the server said no to, in one line, with the id under which its log has it. */
export const problemText = (error: unknown): string => {
  if (!(error instanceof ProblemError)) return 'The server does not answer. Nothing was changed.';
  const { detail, requestId } = error.problem;
  return requestId === '' ? detail : `${detail} Request ${requestId}.`;
};

/** Tells, beside whatever is shown, that something was not done. */
export const tellProblem = (error: unknown): void =>
  void notifications.show({ color: 'red', title: 'Not done', message: problemText(error) });

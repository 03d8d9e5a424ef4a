import { Button, Code, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Notice } from '../../parts/notice.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useApi } from '../../session/use-session.ts';
import { plural } from '../../words/format.ts';

/** Checks the chain of entries on the server, and says where it is broken. */
export const AuditVerify = () => {
  const { client } = useApi();
  const verify = useMutation({ mutationFn: () => client.verifyAudit({}) });
  const { data } = verify;
  return (
    <>
      <Group>
        <Button variant="default" size="xs" loading={verify.isPending} onClick={() => verify.mutate()}>
          Verify the chain
        </Button>
      </Group>
      <ProblemNotice error={verify.error} />
      {data !== undefined && (
        <Notice
          tone={data.intact ? 'good' : 'bad'}
          isNews
          title={
            data.intact
              ? `Intact: ${plural(data.entries, 'entry', 'entries')}`
              : `Broken at entry ${data.broken?.n ?? ''}`
          }
        >
          {data.broken !== null && <div>{data.broken.problem}</div>}
          {data.head !== null && (
            <>
              Keep entry {data.head.n} and its hash elsewhere, to tell later whether the chain was rewritten:{' '}
              <Code style={{ overflowWrap: 'anywhere' }}>{data.head.hash}</Code>
            </>
          )}
        </Notice>
      )}
    </>
  );
};

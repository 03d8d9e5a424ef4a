import { Code, Modal, Stack, Text } from '@mantine/core';
import type { AuditEntry } from '../../../wire/muster/audit.ts';
import { useNames } from '../../data/names.ts';
import { instant, sentence } from '../../words/format.ts';
import { Fact } from './fact.tsx';
import styles from './settings.module.css';

type AuditDialogProps = { readonly entry: AuditEntry; readonly onClose: () => void };

/** An entry whole: what it was before and after, and the link to the entry before it. */
export const AuditDialog = ({ entry, onClose }: AuditDialogProps) => {
  const nameOf = useNames();
  const { n, at, actor, origin, action, object, data, changes, previous, hash } = entry;
  return (
    <Modal opened onClose={onClose} title={`${sentence(action)}, entry ${n}`} size="lg">
      <Stack gap="sm">
        <dl className={styles.facts}>
          <Fact name="When">{instant(at)}</Fact>
          <Fact name="Who">
            {actor.id === null || actor.kind === 'server' ? sentence(actor.kind) : nameOf(actor.id)}
          </Fact>
          <Fact name="To what">
            {sentence(object.kind)} {object.id}
          </Fact>
          {origin !== null && (
            <Fact name="From">
              {origin.address} over {origin.wire}
              {origin.token === null ? '' : `, with token ${origin.token}`}, request {origin.request}
            </Fact>
          )}
          <Fact name="Hash">
            <Code>{hash}</Code>
          </Fact>
          <Fact name="After">
            <Code>{previous}</Code>
          </Fact>
        </dl>
        <Text size="sm" fw={600}>
          {changes.length > 0 ? 'What changed' : 'Details'}
        </Text>
        <Code block className={styles.body} tabIndex={0} aria-label="Details of the entry">
          {JSON.stringify(changes.length > 0 ? changes : data, null, 2)}
        </Code>
      </Stack>
    </Modal>
  );
};

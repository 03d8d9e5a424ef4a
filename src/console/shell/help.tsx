import { Kbd, Modal, Table } from '@mantine/core';
import { Fragment } from 'react';
import type { Shortcut } from './shortcuts.ts';

type HelpProps = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly shortcuts: readonly Pick<Shortcut, 'keys' | 'label'>[];
};

/** The list of shortcuts. */
export const Help = ({ opened, onClose, shortcuts }: HelpProps) => (
  <Modal
    opened={opened}
    onClose={onClose}
    title="Keyboard shortcuts"
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    <Table verticalSpacing={6} withRowBorders={false}>
      <Table.Tbody>
        {shortcuts.map(({ keys, label }) => (
          <Table.Tr key={keys}>
            <Table.Td w={130}>
              {keys.split(' ').map((key, index) => (
                <Fragment key={key}>
                  {index > 0 && ' '}
                  <Kbd size="sm">{key}</Kbd>
                </Fragment>
              ))}
            </Table.Td>
            <Table.Td>{label}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Modal>
);

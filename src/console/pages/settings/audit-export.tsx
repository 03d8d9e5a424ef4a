import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { AuditFilter } from '../../data/settings.ts';
import { offerFile } from '../../parts/offer-file.ts';
import { tellProblem } from '../../parts/tell-problem.ts';
import { useApi } from '../../session/use-session.ts';

type Format = 'jsonl' | 'csv';

/** The entries that are shown, and those behind them, as a file. */
export const AuditExport = ({ filter }: { readonly filter: AuditFilter }) => {
  const { client } = useApi();
  const save = useMutation({
    mutationFn: async (format: Format) => {
      const reply = await client.exportAudit({ query: { ...filter, format } });
      offerFile(`audit.${format}`, await reply.blob());
    },
    onError: tellProblem,
  });
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          loading={save.isPending}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save.mutate('csv')}>As CSV</Menu.Item>
        <Menu.Item onClick={() => save.mutate('jsonl')}>As lines of JSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};

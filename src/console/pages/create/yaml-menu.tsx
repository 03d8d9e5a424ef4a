import { Button, FileButton, Group, Menu, Modal, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown, IconDownload, IconFileImport } from '@tabler/icons-react';
import { useState } from 'react';
import type { Flaw } from '../../../client/document/parse.ts';
import { Notice } from '../../parts/notice.tsx';
import { offerFile } from '../../parts/offer-file.ts';
import { useApi } from '../../session/use-session.ts';
import styles from './create.module.css';
import { type Form, named } from './form.ts';

type ImportProps = { readonly onImport: (form: Form) => void; readonly onClose: () => void };

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const Import = ({ onImport, onClose }: ImportProps) => {
  const { client } = useApi();
  const [text, setText] = useState('');
  const [flaws, setFlaws] = useState<readonly Flaw[]>([]);
  const [isBusy, setBusy] = useState(false);
  const take = async (): Promise<void> => {
    setBusy(true);
    try {
      const { importYaml } = await import('./yaml.ts');
      const found = await importYaml(client, text);
      if (found.ok) onImport(found.form);
      setFlaws(found.ok ? [] : found.flaws);
    } catch (error) {
      setFlaws([{ line: 0, column: 0, path: '', message: wordsOf(error) }]);
    } finally {
      setBusy(false);
    }
  };
  const read = (file: File | null): void => {
    void file?.text().then((content) => {
      setText(content);
      setFlaws([]);
    });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title="Import a campaign">
      <Stack gap="sm">
        <Text size="sm">
          The YAML document that <code>muster campaign apply</code> takes. It replaces what is filled in here;
          nothing is saved yet.
        </Text>
        <Textarea
          aria-label="The document"
          placeholder={'apiVersion: muster/v1\nkind: Campaign\nname: Spring\nspec:\n  …'}
          classNames={{ input: styles.code ?? '' }}
          autosize
          minRows={10}
          maxRows={20}
          spellCheck={false}
          data-autofocus
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {flaws.length > 0 && (
          <Notice tone="bad" isNews title="It cannot be taken like this">
            <ul className={styles.notes}>
              {flaws.map(({ line, column, path, message }) => (
                <li key={`${line} ${column} ${message}`}>
                  {line > 0 && `Line ${line}, column ${column}: `}
                  {path !== '' && <b>{path} </b>}
                  {message}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        <Group justify="space-between" gap="xs">
          <FileButton accept=".yaml,.yml,.json,text/yaml,application/json" onChange={read}>
            {(props) => (
              <Button variant="default" {...props}>
                Open a file
              </Button>
            )}
          </FileButton>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button loading={isBusy} disabled={text.trim() === ''} onClick={() => void take()}>
              Import
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
};

const fileName = (name: string): string =>
  `${
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9.]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'campaign'
  }.yaml`;

type YamlMenuProps = { readonly form: Form; readonly onImport: (form: Form) => void };

/** The campaign as a document: taken from one, or given as one. */
export const YamlMenu = ({ form, onImport }: YamlMenuProps) => {
  const { client } = useApi();
  const [isImporting, setImporting] = useState(false);
  const give = async (): Promise<void> => {
    try {
      const { exportYaml } = await import('./yaml.ts');
      const text = await exportYaml(client, { ...form, plan: named(form.plan) });
      offerFile(fileName(form.plan.name), new Blob([text], { type: 'application/yaml' }));
    } catch (error) {
      notifications.show({ title: 'Not exported', message: wordsOf(error), color: 'red' });
    }
  };
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={220}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            YAML
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconFileImport size={16} aria-hidden />}
            onClick={() => setImporting(true)}
          >
            Import…
          </Menu.Item>
          <Menu.Item leftSection={<IconDownload size={16} aria-hidden />} onClick={() => void give()}>
            Export
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isImporting && (
        <Import
          onClose={() => setImporting(false)}
          onImport={(next) => {
            onImport(next);
            setImporting(false);
          }}
        />
      )}
    </>
  );
};

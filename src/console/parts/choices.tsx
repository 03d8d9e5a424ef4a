import { Button, Group, Popover, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { ActionButton, ReasonedIcon } from './action.tsx';
import styles from './choices.module.css';

export type Choice = {
  readonly id: string;
  readonly name: string;
  /** A quiet line below the name. */
  readonly detail?: string;
  readonly onChoose: () => void;
  /** Forgets it; what that is called for those who hear it, and why it may not be. */
  readonly forget?: {
    readonly label: string;
    readonly reason?: string | undefined;
    readonly run: () => void;
  };
};

type ChoicesProps = {
  /** What the list is of, for those who hear it. */
  readonly label: string;
  /** On the button. */
  readonly chosen: string;
  readonly choices: readonly Choice[];
  /** Keeps what is shown now under a name. */
  readonly save?: {
    readonly label: string;
    readonly placeholder: string;
    readonly isPending?: boolean;
    readonly reason?: string | undefined;
    /** Resolves once it is kept. */
    readonly run: (name: string) => Promise<unknown>;
  };
};

/** Named things to choose from behind a button, with a place to keep one more. */
export const Choices = ({ label, chosen, choices, save }: ChoicesProps) => {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (save === undefined || save.reason !== undefined || name.trim() === '') return;
    await save.run(name.trim());
    setName('');
    setOpen(false);
  };
  return (
    <Popover
      position="bottom-end"
      width={320}
      shadow="md"
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconBookmark size={16} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          {chosen}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label={label}>
        <ul className={styles.list}>
          {choices.map(({ id, name: text, detail, onChoose, forget }) => (
            <li key={id}>
              <UnstyledButton
                className={styles.choice}
                onClick={() => {
                  setOpen(false);
                  onChoose();
                }}
              >
                {text}
                {detail !== undefined && (
                  <Text size="xs" c="dimmed" truncate>
                    {detail}
                  </Text>
                )}
              </UnstyledButton>
              {forget !== undefined && (
                <ReasonedIcon
                  reason={forget.reason}
                  variant="subtle"
                  color="gray"
                  aria-label={forget.label}
                  onClick={forget.run}
                >
                  <IconTrash size={16} aria-hidden />
                </ReasonedIcon>
              )}
            </li>
          ))}
        </ul>
        {save !== undefined && (
          <form onSubmit={(event) => void submit(event).catch(() => undefined)}>
            <Group gap={6} p={6} wrap="nowrap">
              <TextInput
                size="xs"
                flex={1}
                maxLength={256}
                aria-label={save.label}
                placeholder={save.placeholder}
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              <ActionButton
                reason={save.reason}
                size="xs"
                type="submit"
                variant="default"
                loading={save.isPending === true}
              >
                Save
              </ActionButton>
            </Group>
          </form>
        )}
      </Popover.Dropdown>
    </Popover>
  );
};

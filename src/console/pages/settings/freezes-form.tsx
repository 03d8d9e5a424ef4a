import { ActionIcon, Button, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { Account } from '../../../wire/muster/accounts.ts';
import { InstantField } from '../../parts/instant-field.tsx';
import { freezeFlaw } from '../../words/accounts.ts';
import { SaveForm } from './save-form.tsx';
import styles from './settings.module.css';
import { useAccountForm } from './use-account-form.ts';

type Freeze = Account['freezes'][number];
type Form = { readonly freezes: readonly Freeze[] };

const formOf = ({ freezes }: Account): Form => ({ freezes });
const fresh: Freeze = { name: '', from: '', to: '' };

/** Spans in which no campaign of the account begins anything on a device. */
export const FreezesForm = ({ account }: { readonly account: Account }) => {
  const { form, set, reset, save, isChanged, reason } = useAccountForm(
    account,
    formOf,
    ({ freezes }: Form) => ({ freezes: [...freezes] }),
  );
  const flaws = form.freezes.map(freezeFlaw);
  const change = (place: number, patch: Partial<Freeze>): void =>
    set({ freezes: form.freezes.map((one, n) => (n === place ? { ...one, ...patch } : one)) });
  return (
    <SaveForm
      reason={reason}
      isChanged={isChanged}
      isBusy={save.isPending}
      isWrong={flaws.some((flaw) => flaw !== undefined)}
      error={save.error}
      onSave={() => save.mutate()}
      onReset={reset}
    >
      <Text size="sm" c="dimmed">
        While one lasts, no campaign of the account begins a phase on any device. What is under way goes on.
      </Text>
      {form.freezes.map(({ name, from, to }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a freeze is its place in the list
        <div key={place}>
          <div className={styles.freeze}>
            <TextInput
              label="Freeze"
              placeholder="Year's end"
              maxLength={256}
              value={name}
              onChange={({ currentTarget: { value } }) => change(place, { name: value })}
            />
            <InstantField
              label="From"
              value={from || null}
              onChange={(next) => change(place, { from: next ?? '' })}
            />
            <InstantField
              label="Until"
              value={to || null}
              onChange={(next) => change(place, { to: next ?? '' })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove freeze ${name || place + 1}`}
              onClick={() => set({ freezes: form.freezes.filter((_, n) => n !== place) })}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </div>
          {isChanged && flaws[place] !== undefined && (
            <Text size="xs" c="error" mt={4}>
              {flaws[place]}
            </Text>
          )}
        </div>
      ))}
      <Button
        size="compact-sm"
        variant="subtle"
        style={{ alignSelf: 'flex-start' }}
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => set({ freezes: [...form.freezes, fresh] })}
      >
        Add a freeze
      </Button>
    </SaveForm>
  );
};

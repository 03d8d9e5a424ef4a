import { Group, Select, TagsInput, Text } from '@mantine/core';
import type { Account } from '../../../wire/muster/accounts.ts';
import { DurationField } from '../../parts/duration-field.tsx';
import { isRegistration, pollFlaws, registrationOptions } from '../../words/accounts.ts';
import { SaveForm } from './save-form.tsx';
import { useAccountForm } from './use-account-form.ts';

type Form = Pick<Account['deviceAccess'], 'registration' | 'authorities' | 'poll'>;

const formOf = ({ deviceAccess: { registration, authorities, poll } }: Account): Form => ({
  registration,
  authorities,
  poll,
});

/** Which devices get in, and how often they are told to come. */
export const DeviceAccessForm = ({ account }: { readonly account: Account }) => {
  const { form, set, reset, save, isChanged, reason } = useAccountForm(
    account,
    formOf,
    ({ registration, authorities, poll }: Form) => ({
      deviceAccess: { registration, authorities: [...authorities], poll },
    }),
  );
  const { poll } = form;
  const flaws = pollFlaws(poll);
  const every = (field: keyof typeof poll) => ({
    value: poll[field],
    min: 1,
    error: flaws[field],
    onChange: (seconds: number) => set({ poll: { ...poll, [field]: seconds } }),
  });
  return (
    <SaveForm
      reason={reason}
      isChanged={isChanged}
      isBusy={save.isPending}
      isWrong={Object.keys(flaws).length > 0}
      error={save.error}
      onSave={() => save.mutate()}
      onReset={reset}
    >
      <Select
        label="Unknown devices may register themselves"
        data={registrationOptions}
        allowDeselect={false}
        value={form.registration}
        onChange={(value) => isRegistration(value) && set({ registration: value })}
      />
      <TagsInput
        label="Certificate authorities"
        description="Devices with a certificate of one of these are believed, as a trusted proxy names them; each with Enter"
        maxTags={64}
        value={[...form.authorities]}
        onChange={(authorities) => set({ authorities })}
        acceptValueOnBlur
      />
      <div>
        <Text size="sm" c="dimmed">
          How often devices are told to come
        </Text>
        <Group gap="lg" align="flex-start" mt={4}>
          <DurationField label="Usually" {...every('usualSeconds')} />
          <DurationField label="At the most often" {...every('leastSeconds')} />
          <DurationField label="At the least often" {...every('mostSeconds')} />
        </Group>
      </div>
    </SaveForm>
  );
};

import { Select, TextInput } from '@mantine/core';
import type { Account } from '../../../wire/muster/accounts.ts';
import { isPolicy, policyOptions } from '../../words/accounts.ts';
import { SaveForm } from './save-form.tsx';
import { useAccountForm } from './use-account-form.ts';

type Form = Pick<Account, 'name' | 'approvalPolicy'>;
const formOf = ({ name, approvalPolicy }: Account): Form => ({ name, approvalPolicy });

/** What the account is called, and whose go its campaigns need. */
export const AccountForm = ({ account }: { readonly account: Account }) => {
  const { form, set, reset, save, isChanged, reason } = useAccountForm(account, formOf, (one: Form) => one);
  return (
    <SaveForm
      reason={reason}
      isChanged={isChanged}
      isBusy={save.isPending}
      error={save.error}
      onSave={() => save.mutate()}
      onReset={reset}
    >
      <TextInput
        label="Name"
        description={`Its id is ${account.id}`}
        required
        maxLength={256}
        value={form.name}
        onChange={({ currentTarget: { value } }) => set({ name: value })}
      />
      <Select
        label="Whose go a campaign needs"
        description="Campaigns keep the rule that they were created under"
        data={policyOptions}
        allowDeselect={false}
        value={form.approvalPolicy}
        onChange={(value) => isPolicy(value) && set({ approvalPolicy: value })}
      />
    </SaveForm>
  );
};

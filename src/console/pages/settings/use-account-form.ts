import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Account } from '../../../wire/muster/accounts.ts';
import type { BodyOf } from '../../../wire/muster/route.ts';
import type { Routes } from '../../../wire/muster/routes.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { useMay } from '../../session/use-session.ts';

type Patch = BodyOf<Routes['editAccount']>;

/**
 * A part of the account that somebody changes: what the server has until something is typed, and again after it is saved.
 * The revision is the one that was read when typing began, so that nobody's change is lost to another's.
 */
export const useAccountForm = <Form>(
  account: Account,
  formOf: (account: Account) => Form,
  patchOf: (form: Form) => Patch,
) => {
  const may = useMay();
  const [draft, setDraft] = useState<{ readonly form: Form; readonly revision: number }>();
  const form = draft?.form ?? formOf(account);
  const save = useSettingsChange(
    ({ client }) =>
      client.editAccount({
        params: { account: account.id },
        body: patchOf(form),
        expected: draft?.revision ?? account.revision,
      }),
    () => {
      setDraft(undefined);
      notifications.show({ message: 'Saved' });
    },
  );
  return {
    form,
    set: (patch: Partial<Form>): void =>
      setDraft((now) => ({
        form: { ...(now?.form ?? formOf(account)), ...patch },
        revision: now?.revision ?? account.revision,
      })),
    reset: (): void => {
      save.reset();
      setDraft(undefined);
    },
    save,
    isChanged: draft !== undefined,
    mayEdit: may('Edit Organization Settings'),
  };
};

import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Account } from '../../../wire/muster/accounts.ts';
import type { BodyOf } from '../../../wire/muster/route.ts';
import type { Routes } from '../../../wire/muster/routes.ts';
import { accountSettingsQuery, useSettingsChange } from '../../data/settings.ts';
import { useApi, useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { type Pinned, revisionFor } from './pinned.ts';

type Patch = BodyOf<Routes['editAccount']>;

/**
 * A part of the account that somebody changes: what the server has until something is typed, and again after it is saved.
 * The part is pinned as it was when typing began, so that nobody's change of it is lost to another's.
 */
export const useAccountForm = <Form>(
  account: Account,
  formOf: (account: Account) => Form,
  patchOf: (form: Form) => Patch,
) => {
  const api = useApi();
  const queries = useQueryClient();
  const may = useMay();
  const [draft, setDraft] = useState<{ readonly form: Form; readonly was: Pinned<Form> }>();
  const pinned = (now: Account): Pinned<Form> => ({ part: formOf(now), revision: now.revision });
  const form = draft?.form ?? formOf(account);
  const save = useSettingsChange(
    async ({ client }) => {
      const now = pinned(await queries.fetchQuery({ ...accountSettingsQuery(api), staleTime: 0 }));
      return client.editAccount({
        params: { account: account.id },
        body: patchOf(form),
        expected: revisionFor(draft?.was ?? now, now),
      });
    },
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
        was: now?.was ?? pinned(account),
      })),
    reset: (): void => {
      save.reset();
      setDraft(undefined);
    },
    save,
    isChanged: draft !== undefined,
    /** Why it may not be changed. */
    reason: whyMayNot(may, 'Edit Organization Settings'),
  };
};

import type { ApprovalPolicy } from '../domain/campaign.ts';
import type { Refusal, RefusalOf } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { AccountSettings } from './account-records.ts';
import { editAccount, getAccount, type ShownAccount } from './accounts.ts';
import type { Clock, Store } from './ports.ts';
import type { Principal } from './sign-in.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Values = Readonly<Record<string, unknown>>;

/**
 * Settings of an organisation under one heading. Final ones are those that organisations below it could not change;
 * there are none below, so that only the callers know the difference.
 */
export type SettingsCategory = {
  readonly category: string;
  readonly settings: Values;
  readonly finalSettings: Values;
};

/** Absent maps stay as they are. */
export type CategoryChange = {
  readonly category: string;
  readonly settings?: Values | undefined;
  readonly finalSettings?: Values | undefined;
};

const kinds = { settings: 'pulse', finalSettings: 'pulse-final' } as const;
type Kind = keyof typeof kinds;

const CAMPAIGN = 'campaign';
const APPROVAL = 'campaign-approval-needed';
/** Shown also when nothing was ever set under them. */
const always = [CAMPAIGN, 'system'];

const prefixOf = (kind: Kind, category: string): string => `${kinds[kind]}.${category}.`;
const isApproval = (category: string, key: string): boolean => category === CAMPAIGN && key === APPROVAL;

/** Text stands for itself; anything else, and text that looks like it, as JSON. */
const JSON_MARK = 'json:';
const write = (value: unknown): string =>
  typeof value === 'string' && !value.startsWith(JSON_MARK) ? value : JSON_MARK + JSON.stringify(value);
const read = (text: string): unknown => {
  if (!text.startsWith(JSON_MARK)) return text;
  try {
    return JSON.parse(text.slice(JSON_MARK.length));
  } catch {
    // Set by another API, which may write what it likes.
    return text;
  }
};

const categoryNames = (settings: AccountSettings['settings']): readonly string[] => {
  const kept = Object.keys(settings).flatMap((key) => {
    const [kind, category, ...rest] = key.split('.');
    const isOurs = Object.values(kinds).some((word) => word === kind);
    return isOurs && category !== undefined && rest.length > 0 ? [category] : [];
  });
  return [...new Set([...always, ...kept])].sort();
};

/** One category as it is, empty when nothing was ever set in it. */
export const categoryOf = (account: AccountSettings, category: string): SettingsCategory => {
  const { approvalPolicy, settings } = account;
  const approval = approvalPolicy === 'none' ? 'false' : 'true';
  const under = (kind: Kind): Values => {
    const prefix = prefixOf(kind, category);
    const entries = Object.entries(settings)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), read(text)] as const);
    // The policy itself is what was set last, whichever wire set it.
    return Object.fromEntries(
      entries.map(([key, value]) => [key, isApproval(category, key) ? approval : value]),
    );
  };
  const shown = under('settings');
  return {
    category,
    settings: category === CAMPAIGN ? { ...shown, [APPROVAL]: approval } : shown,
    finalSettings: under('finalSettings'),
  };
};

/** Every category that has something in it, and those that always are, by name. */
export const categoriesOf = (account: AccountSettings): readonly SettingsCategory[] =>
  categoryNames(account.settings).map((category) => categoryOf(account, category));

const invalid = (field: string, expected: string, got: unknown): RefusalOf<'invalid'> => ({
  code: 'invalid',
  field,
  expected,
  got: JSON.stringify(got) ?? 'nothing',
});

/** What an account may keep in its settings, whichever API sets them. */
const limits = { settings: 256, key: 128, value: 4_096 } as const;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what names may not have
const control = /[\u0000-\u001f]/;

const checkChange = ({ category, ...maps }: CategoryChange): RefusalOf<'invalid'> | undefined => {
  if (category === '' || category.includes('.') || control.test(category))
    return invalid('category', 'a name without dots and control characters', category);
  for (const kind of ['settings', 'finalSettings'] as const) {
    for (const [key, value] of Object.entries(maps[kind] ?? {})) {
      const field = `${category}.${key}`;
      if (key === '' || control.test(key) || `${kinds[kind]}.${field}`.length > limits.key)
        return invalid(field, `a shorter name without control characters`, key);
      if (write(value).length > limits.value)
        return invalid(field, `at most ${limits.value} characters`, `${write(value).length}`);
      if (isApproval(category, key) && !['true', 'false'].includes(String(value)))
        return invalid(field, '"true" or "false"', value);
    }
  }
  return undefined;
};

const afterMap = (
  settings: AccountSettings['settings'],
  kind: Kind,
  { category, [kind]: map }: CategoryChange,
): AccountSettings['settings'] => {
  if (map === undefined) return settings;
  const prefix = prefixOf(kind, category);
  const others = Object.entries(settings).filter(([key]) => !key.startsWith(prefix));
  // What is always shown in `settings` is the policy; kept as a setting it could only contradict it.
  const kept = Object.entries(map).filter(([key]) => kind === 'finalSettings' || !isApproval(category, key));
  return Object.fromEntries([
    ...others,
    ...kept.map(([key, value]) => [prefix + key, write(value)] as const),
  ]);
};

const policyAfter = (policy: ApprovalPolicy, change: CategoryChange): ApprovalPolicy => {
  if (change.category !== CAMPAIGN) return policy;
  const asked = change.finalSettings?.[APPROVAL] ?? change.settings?.[APPROVAL];
  if (asked === undefined) return policy;
  if (String(asked) === 'false') return 'none';
  return policy === 'none' ? 'one' : policy;
};

/**
 * An account's settings after changes of categories: a map that is given replaces the one there was. Approval is the
 * account's own policy: `true` asks for one person's go unless more is asked for already, `false` for nobody's.
 * Settings of other wires stay as they are.
 */
export const afterChanges = (
  was: AccountSettings,
  changes: readonly CategoryChange[],
): Result<AccountSettings, Refusal> => {
  let { approvalPolicy, settings } = was;
  for (const change of changes) {
    const problem = checkChange(change);
    if (problem !== undefined) return refused(problem);
    settings = afterMap(afterMap(settings, 'settings', change), 'finalSettings', change);
    approvalPolicy = policyAfter(approvalPolicy, change);
  }
  return Object.keys(settings).length > limits.settings
    ? refused(invalid('settings', `at most ${limits.settings} settings in all`, Object.keys(settings).length))
    : ok({ approvalPolicy, settings });
};

const ATTEMPTS = 4;

/** Changes categories of an account's settings, all of them or none. */
export const editCategories = async (
  deps: Deps,
  caller: Principal,
  accountId: string,
  changes: readonly CategoryChange[],
): Promise<Result<ShownAccount, Refusal>> => {
  for (let tries = 1; ; tries += 1) {
    const found = await getAccount(deps, caller, accountId);
    if (!found.ok) return found;
    const after = afterChanges(found.value, changes);
    if (!after.ok) return after;
    const { approvalPolicy, settings } = after.value;
    const edited = await editAccount(
      deps,
      caller,
      accountId,
      { approvalPolicy, settings },
      found.value.version,
    );
    if (edited.ok || tries === ATTEMPTS) return edited;
    if (edited.refusal.code !== 'changed-meanwhile') return edited;
  }
};

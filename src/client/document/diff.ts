import type { CampaignPatch, CampaignPlan } from '../../wire/muster/campaigns.ts';
import { pathText } from './parse.ts';

/** One place that differs; `undefined` where there is nothing. */
export type Difference = { readonly path: string; readonly from: unknown; readonly to: unknown };

type Obj = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Obj =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

const compare = (from: unknown, to: unknown, path: readonly (string | number)[]): readonly Difference[] => {
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => compare(from[name], to[name], [...path, name]));
  }
  if (Array.isArray(from) && Array.isArray(to) && !from.concat(to).every(isPlain)) {
    const length = Math.max(from.length, to.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      compare(from[index], to[index], [...path, index]),
    );
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path: pathText(path), from, to }];
};

/** Every place in which two plans differ. */
export const differences = (from: CampaignPlan, to: CampaignPlan): readonly Difference[] =>
  compare(from, to, []);

/** The fields of a plan that have to change. */
export const patchOf = (from: CampaignPlan, to: CampaignPlan): CampaignPatch =>
  Object.fromEntries(
    Object.entries(to).filter(([field, value]) => {
      const was = Object.getOwnPropertyDescriptor(from, field)?.value;
      return compare(was, value, [field]).length > 0;
    }),
  );

/** Fields that may change without asking for approval again. */
const free: readonly string[] = ['name', 'description', 'settings'];

/** Whether a change is one that approvals given so far do not cover. */
export const needsApproval = (patch: CampaignPatch): boolean =>
  Object.keys(patch).some((field) => !free.includes(field));

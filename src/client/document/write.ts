import { stringify } from 'yaml';
import {
  type CampaignDocument,
  documentVersion,
  type PackageRef,
  type Spec,
} from '../../wire/muster/campaign-document.ts';
import type { CampaignPlan } from '../../wire/muster/campaigns.ts';
import { newPlan } from './plan.ts';

/** What ids of a server are called in a document. */
export type Titles = {
  readonly packageRef: (id: string) => PackageRef;
  /** The name of the saved query under which the expression is still found; else `undefined`. */
  readonly queryName: (list: string, expression: string) => string | undefined;
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The members that are not as in a new campaign. */
const changed = <Part extends object>(part: Part, usual: object): Partial<Part> =>
  // Each member keeps its name and value.
  Object.fromEntries(
    Object.entries(part).filter(
      ([name, value]) => !same(value, Object.getOwnPropertyDescriptor(usual, name)?.value),
    ),
  ) as Partial<Part>;

const toTarget = (
  target: CampaignPlan['target'],
  devices: readonly string[] | undefined,
  { queryName }: Titles,
): NonNullable<Spec['target']> => {
  if (!('expression' in target))
    return { by: 'hand', ...(devices !== undefined && { devices: [...devices] }) };
  const { expression, list, reevaluateSeconds } = target;
  const often = reevaluateSeconds === 0 ? {} : { reevaluateSeconds };
  const query = list ? queryName(list, expression) : undefined;
  if (query !== undefined) return { by: 'query', query, ...often };
  return { by: 'query', expression, ...(list ? { list } : {}), ...often };
};

const parts = ['download', 'install', 'retry', 'timeouts'] as const;

/**
 * A campaign as a document: what is as in a new campaign is left out. `devices` are those of a campaign whose devices
 * are added by hand; without them the document leaves its devices alone.
 */
export const documentOf = (
  plan: CampaignPlan,
  titles: Titles,
  devices?: readonly string[],
): CampaignDocument => {
  const { name, ...fields } = plan;
  const { packages, target, stopRules, download, install, retry, timeouts, ...simple } = fields;
  const nested = { download, install, retry, timeouts };
  const different = parts.flatMap((part) => {
    const found = changed<object>(nested[part], newPlan[part]);
    return Object.keys(found).length === 0 ? [] : [[part, found] as const];
  });
  return {
    apiVersion: documentVersion,
    kind: 'Campaign',
    name,
    spec: {
      ...(packages.length > 0 && { packages: packages.map(titles.packageRef) }),
      target: toTarget(target, devices, titles),
      ...changed(simple, newPlan),
      ...Object.fromEntries(different),
      ...(stopRules.length > 0 && {
        stopRules: stopRules.map(({ rollBackTo, ...rule }) => ({
          ...rule,
          ...(rollBackTo && { rollBackTo: titles.packageRef(rollBackTo) }),
        })),
      }),
    },
  };
};

/** A document as YAML. */
export const documentText = (document: CampaignDocument): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });

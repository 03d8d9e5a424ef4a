import { textOf } from './data.ts';
import type { Command, Item } from './message.ts';
import type { Operation } from './record.ts';

/** How an operation ended, as a Generic Alert of FUMO or SCOMO tells it (B1.7, B1.12). */
export type Outcome = {
  readonly of: 'fumo' | 'scomo';
  /** `null` where the alert does not say which. */
  readonly operation: Operation | null;
  readonly correlator: string;
  readonly node: string;
  readonly code: number;
  /** All that was said, for people. */
  readonly text: string;
};

/** An alert that is understood: an outcome, or the device's or its user's wish for an update. */
export type HeardAlert = { readonly is: 'outcome'; readonly outcome: Outcome } | { readonly is: 'wish' };

const FUMO = 'org.openmobilealliance.dm.firmwareupdate.';

const operations: Readonly<Record<string, Operation>> = {
  download: 'download',
  update: 'update',
  downloadandupdate: 'all',
};

const typeOf = ({ meta }: Item): string =>
  (meta?.type ?? '')
    .trim()
    .replace(/^Reversed-Domain-Name:\s*/i, '')
    .toLowerCase();

const dataOf = ({ data }: Item): string => (data === undefined ? '' : textOf(data).trim());

const fumoIn = (type: string, item: Item, correlator: string, text: string): HeardAlert | undefined => {
  const what = type.slice(FUMO.length);
  if (what === 'devicerequest' || what === 'userrequest') return { is: 'wish' };
  const operation = Object.hasOwn(operations, what) ? operations[what] : undefined;
  const code = /^\d{1,5}(?=\D|$)/.exec(dataOf(item))?.[0];
  if (operation === undefined || code === undefined) return undefined;
  return {
    is: 'outcome',
    outcome: { of: 'fumo', operation, correlator, node: item.source ?? '', code: Number(code), text },
  };
};

const scomoIn = (item: Item, correlator: string, text: string): HeardAlert | undefined => {
  const data = dataOf(item);
  const code = /<(?:\w+:)?ResultCode>\s*(\d{1,5})\s*</.exec(data)?.[1] ?? /^\d{1,5}$/.exec(data)?.[0];
  if (code === undefined) return undefined;
  return {
    is: 'outcome',
    outcome: {
      ...{ of: 'scomo', operation: null, correlator, node: item.source ?? '' },
      ...{ code: Number(code), text },
    },
  };
};

/** What a Generic Alert says; `undefined` for a type or a form that is not known: 415. */
export const readAlert = (alert: Extract<Command, { readonly name: 'Alert' }>): HeardAlert | undefined => {
  const [first] = alert.items;
  if (first === undefined) return undefined;
  const type = typeOf(first);
  const correlator = (alert.correlator ?? '').trim();
  const text = alert.items
    .map((item) => [dataOf(item), item.meta?.mark ?? ''].join(' ').trim())
    .filter((part) => part !== '')
    .join(' ');
  if (type.startsWith(FUMO)) return fumoIn(type, first, correlator, text);
  if (/^urn:oma:at:scomo:1\.\d+:operationcomplete$/.test(type)) return scomoIn(first, correlator, text);
  return undefined;
};

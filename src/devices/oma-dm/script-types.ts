import type { DeviceReport } from '../../app/check-in.ts';
import type { LogEntry } from '../../app/records.ts';
import type { Phase } from '../../domain/position.ts';
import type { Operation } from './record.ts';

/** One package for the device. */
export type Part = {
  readonly kind: 'firmware' | 'component';
  /** What goes into PkgURL. */
  readonly url: string;
  readonly pack: {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly size: number;
  };
};

type Due = {
  /** Names the attempt: campaign, generation and number of the attempt. */
  readonly attempt: string;
  readonly due: Phase;
  /** The gate was asked about all phases at once: the device is to go through them in one go. */
  readonly together: boolean;
  /** It may go through them in one go, if it turns out that it has to. */
  readonly oneTime: boolean;
};

/** What a campaign has for the device to do now: packages, one after the other. */
export type Assigned = Due & { readonly parts: readonly Part[] };

/** The package that is next, which of how many it is, and how the device is to name it. */
export type Work = Due &
  Part & { readonly index: number; readonly count: number; readonly correlator: string };

/** What there is to do; and whether the attempt that the device is known to be at is over, however that came. */
export type Found = { readonly assigned: Assigned | undefined; readonly isOver: boolean };

/** Where the conversation is: what was asked, and what the answers are for. */
export type Script =
  | { readonly at: 'begin' | 'inventory' | 'look' }
  | { readonly at: 'root'; readonly scomo: string | null }
  | { readonly at: 'types'; readonly scomo: string | null; readonly nodes: readonly string[] }
  | { readonly at: 'found'; readonly fumo: string | null; readonly scomo: string | null }
  | { readonly at: 'created'; readonly work: Work; readonly node: string }
  | { readonly at: 'state'; readonly work: Work }
  | { readonly at: 'offer'; readonly work: Work; readonly operation: Operation; readonly again: boolean }
  | { readonly at: 'push'; readonly work: Work }
  | { readonly at: 'exec'; readonly work: Work; readonly operation: Operation }
  | { readonly at: 'deployed'; readonly work: Work }
  | { readonly at: 'versions'; readonly work: Work; readonly nodes: readonly string[]; readonly shown: Shown }
  | { readonly at: 'work' }
  | { readonly at: 'over' };

/** How far a component is by its Status; `null` is not told. */
export type Shown = { readonly status: number | null; readonly isDelivered: boolean };

/** What a device told of itself, by our names: absent is not told. */
export type Inventory = {
  readonly make?: string;
  readonly model?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
};

/** What is to be done outside of the session, in this order. The last may ask for what there is to do. */
export type Action =
  | { readonly do: 'inventory'; readonly inventory: Inventory }
  | {
      readonly do: 'report';
      readonly attempt: string;
      readonly said: DeviceReport;
      readonly words: Omit<LogEntry, 'at'>;
    }
  | { readonly do: 'ask'; readonly attempt: string | null };

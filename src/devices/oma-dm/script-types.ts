import type { DeviceReport } from '../../app/check-in.ts';
import type { LogEntry } from '../../app/records.ts';
import type { Phase } from '../../domain/position.ts';
import type { Operation } from './record.ts';

/** What a campaign has for the device to do now. */
export type Work = {
  /** Names the attempt towards the device: campaign, generation and number of the attempt. */
  readonly attempt: string;
  readonly due: Phase;
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
  | { readonly at: 'deployed'; readonly work: Work; readonly nodes: readonly string[] | null }
  | { readonly at: 'work' }
  | { readonly at: 'over' };

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
  | { readonly do: 'ask' };

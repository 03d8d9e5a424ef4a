import type fc from 'fast-check';
import type { Store } from '../../../src/app/ports.ts';

type Method = (...args: readonly unknown[]) => unknown;
const isMethod = (value: unknown): value is Method => typeof value === 'function';
const isPart = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What answers without waiting for anything. */
const atOnce = /^store\.(identityEpoch|contactEpochs)/;

/** Every call of it, and of its parts, waits until the scheduler lets it be made. */
const shuffled = <Part extends object>(part: Part, path: string, scheduler: fc.Scheduler): Part => {
  const members = Object.entries(part).map(([name, member]: [string, unknown]) => {
    const label = `${path}.${name}`;
    if (isPart(member)) return [name, shuffled(member, label, scheduler)];
    if (!isMethod(member) || atOnce.test(label)) return [name, member];
    const call = async (...args: readonly unknown[]): Promise<unknown> => {
      await scheduler.schedule(Promise.resolve(), label);
      return member(...args);
    };
    return [name, call];
  });
  return { ...part, ...Object.fromEntries(members) };
};

/** A store whose calls are made in the order that a scheduler draws; each of them is whole, as a transaction is. */
export const shuffledStore = (store: Store, scheduler: fc.Scheduler): Store =>
  shuffled(store, 'store', scheduler);

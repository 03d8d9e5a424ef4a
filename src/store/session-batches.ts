import type { SessionPlace, SessionWrite } from '../app/protocol-ports.ts';

export const placeOf = ({ account, value }: SessionWrite): SessionPlace => ({
  ...{ account, device: value.device, kind: value.kind },
});

/** The writes in batches, in which no session and no name comes twice: each is written before the next is looked at. */
export const distinct = (writes: readonly SessionWrite[]): readonly (readonly SessionWrite[])[] => {
  const batches: SessionWrite[][] = [];
  const taken = new Map<string, number>();
  for (const write of writes) {
    const { kind, device, name } = write.value;
    const marks = [`${kind} device ${write.account}/${device}`, `${kind} name ${name}`];
    const index = Math.max(...marks.map((mark) => taken.get(mark) ?? 0));
    for (const mark of marks) taken.set(mark, index + 1);
    const batch = batches[index] ?? [];
    batches[index] = batch;
    batch.push(write);
  }
  return batches;
};

import type { Draft } from './conversation.ts';
import { type El, el, find, leaf } from './wire.ts';

/** The same statement, cut so that no message has more than so many bytes of its data. */
export const inChunks = (draft: Draft, chunk: number | undefined): readonly Draft[] => {
  const whole = draft(0);
  const item = find(whole, 'Item');
  const data = find(item, 'Data');
  const size = data?.raw?.length ?? 0;
  if (chunk === undefined || whole.name !== 'Results' || item === undefined || size <= chunk) return [draft];
  return Array.from({ length: Math.ceil(size / chunk) }, (_, index): Draft => {
    const raw = data?.raw?.subarray(index * chunk, (index + 1) * chunk) ?? new Uint8Array();
    const part: El = { name: 'Data', kids: [], text: Buffer.from(raw).toString(), raw };
    const kids = item.kids.flatMap((kid) => {
      if (kid.name === 'Data') return [part];
      return kid.name === 'Meta' && index === 0 ? [el('Meta', ...kid.kids, leaf('Size', size))] : [kid];
    });
    const isLast = (index + 1) * chunk >= size;
    const cut = { ...item, kids: isLast ? kids : [...kids, el('MoreData')] };
    return (cmdId) => ({
      ...whole,
      kids: whole.kids.map((kid) => {
        if (kid.name === 'Item') return cut;
        return kid.name === 'CmdID' ? leaf('CmdID', cmdId) : kid;
      }),
    });
  });
};

/** Whether more of the same object follows. */
export const isPartial = (draft: Draft): boolean => find(draft(0), 'Item/MoreData') !== undefined;

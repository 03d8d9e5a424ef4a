import { describe, expect, it } from 'vitest';
import type { Slice } from '../../../src/app/lists.ts';
import { NOON, nastyTexts, sampleDocument, unique } from '../../support/samples.ts';
import { allPages, bare, ids, must, newWorld, type OpenStore, useStore } from './world.ts';

export const documentsContract = (open: OpenStore): void => {
  describe('documents', () => {
    const store = useStore(open);
    const kind = 'pulse/device-template';

    it('keep any JSON as it is', async () => {
      const { account, write } = await newWorld(store());
      const bodies = [null, 0, '', [], {}, { b: [1.5, { a: true }], a: nastyTexts }, nastyTexts.join(' ')];
      for (const body of bodies) {
        const value = sampleDocument({ body, name: unique('Template') });
        await write({ save: 'document', value });
        const found = must(await store().documents.find(account, kind, value.id));
        expect(bare(found)).toEqual(value);
        expect(JSON.stringify(found.body)).toBe(JSON.stringify(body));
      }
    });

    it('are of a kind, in which ids and names are unique', async () => {
      const { account, write, attempt } = await newWorld(store());
      const value = sampleDocument({ id: 'd1', name: 'Night Shift' });
      await write(
        { save: 'document', value },
        { save: 'document', value: { ...value, kind: 'pulse/other' } },
      );
      const found = must(await store().documents.find(account, 'pulse/other', 'd1'));
      expect(found).toMatchObject({ kind: 'pulse/other' });
      expect(await store().documents.find(account, 'pulse', 'd1')).toBeUndefined();
      const taken = { ok: false, why: 'already-exists', entity: 'document' };
      const twin = sampleDocument({ id: 'd1' });
      expect(await attempt([{ save: 'document', value: twin }])).toEqual({ ...taken, id: 'd1' });
      const namesake = sampleDocument({ name: 'NIGHT shift' });
      expect(await attempt([{ save: 'document', value: namesake }])).toEqual({ ...taken, id: namesake.id });
      await write({ drop: 'document', was: found });
      expect(await store().documents.find(account, 'pulse/other', 'd1')).toBeUndefined();
      expect(await store().documents.find(account, kind, 'd1')).toBeDefined();
    });

    it('are found by name without regard to case, and may have none', async () => {
      const { account, write } = await newWorld(store());
      const documents = [{ name: 'Übersicht' }, { name: '' }, { name: '' }].map(sampleDocument);
      for (const value of documents) await write({ save: 'document', value });
      const named = (name: string, of = kind) => store().documents.findByName(account, of, name);
      expect(await named('üBERSICHT')).toMatchObject({ id: documents[0]?.id });
      expect(await named('Übersicht', 'pulse/other')).toBeUndefined();
      expect(await named('bersicht')).toBeUndefined();
      expect(await named('')).toBeUndefined();
      const was = must(await named('Übersicht'));
      await write({ save: 'document', was, value: { ...was, name: '' } });
      expect(await named('Übersicht')).toBeUndefined();
      await write({ save: 'document', value: sampleDocument({ name: 'ÜBERSICHT' }) });
      expect(await named('Übersicht')).toMatchObject({ name: 'ÜBERSICHT' });
    });

    it('are listed by kind, in pages by creation or slices by name', async () => {
      const { account, write } = await newWorld(store());
      const documents = ['b', 'C', 'a', ''].map((name) => sampleDocument({ name, createdAt: NOON - 1 }));
      for (const value of documents) await write({ save: 'document', value });
      await write({ save: 'document', value: sampleDocument({ kind: 'pulse/other' }) });
      const pages = await allPages((after) => store().documents.list(account, kind, { after, limit: 2 }));
      expect(ids(pages)).toEqual(ids(documents));
      const slice = async (given: Partial<Slice>) => {
        const whole = { skip: 0, limit: 10, by: 'name', descending: false, ...given } as const;
        const { items, total } = await store().documents.slice(account, kind, whole);
        expect(total).toBe(4);
        return items.map(({ name }) => name);
      };
      expect(await slice({})).toEqual(['', 'a', 'b', 'C']);
      expect(await slice({ descending: true, limit: 2 })).toEqual(['C', 'b']);
      expect(await slice({ by: 'created', skip: 1, limit: 2 })).toEqual(['C', 'a']);
      expect(await slice({ by: 'created', descending: true, skip: 3 })).toEqual(['b']);
      expect(await slice({ skip: 4 })).toEqual([]);
    });
  });
};

import { describe, expect, it } from 'vitest';
import { nastyTexts, sampleEvent, sampleQuery, sampleRole } from '../../support/samples.ts';
import { accepted, newWorld, type OpenStore, useStore } from './world.ts';

export const textsContract = (open: OpenStore): void => {
  describe('any text', () => {
    const store = useStore(open);

    it.each(nastyTexts.map((text) => [text.slice(0, 30), text]))('is kept as it is: %j', async (_, text) => {
      const world = await newWorld(store());
      const { account } = world;
      const device = await world.addDevice({ name: text, tags: [text], attributes: { [text]: text } });
      expect(device).toMatchObject({ name: text, tags: [text], attributes: { [text]: text } });
      const pack = await world.addPackage({ name: text, version: text, labels: { [text]: text } });
      expect(pack).toMatchObject({ name: text, version: text, labels: { [text]: text } });
      accepted(await world.attempt([], [sampleEvent({ type: 'campaign-failed', because: text })]));
      expect((await world.events()).at(-1)?.body).toEqual({ type: 'campaign-failed', because: text });
      await world.write({ save: 'role', value: sampleRole({ id: 'r', name: text }) });
      expect(await store().roles.find(account, 'r')).toMatchObject({ name: text });
      await world.write({ save: 'query', value: sampleQuery({ id: 'q', name: text, expression: text }) });
      expect(await store().queries.find(account, 'q')).toMatchObject({ name: text, expression: text });
    });

    it.each(nastyTexts.map((text) => [text.slice(0, 30), text]))('is found: %j', async (_, text) => {
      const world = await newWorld(store());
      const { account } = world;
      const short = text.slice(0, 200);
      const { key } = await world.addDevice({ id: short, make: short });
      await world.addDevice();
      expect(await store().devices.find(account, short)).toMatchObject({ key });
      expect(await store().devices.findMany(account, [short, 'x'])).toMatchObject([{ key }]);
      const field = { kind: 'column', name: 'make' } as const;
      const where = { type: 'compare', field, operator: '=', value: short } as const;
      expect(await store().devices.count(account, where)).toBe(1);
    });
  });
};

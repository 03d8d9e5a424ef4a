import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/domain/device.ts';
import { type Expression, matches, parseExpression } from '../../../src/domain/targeting.ts';
import { NOON, sampleDevice } from '../../support/samples.ts';
import { EVERYTHING, ids, newWorld, type OpenStore, useStore } from './world.ts';

const query = (text: string): Expression => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
};

/** Devices that differ wherever a query can look. */
const fleet: readonly Device[] = [
  sampleDevice(),
  sampleDevice({ make: 'acme', tags: [], versions: {}, attributes: {}, lastSeenAt: 5 }),
  sampleDevice({ make: 'Öko', versions: { firmware: '1.10.0' }, attributes: { doors: 5, leased: false } }),
  sampleDevice({ name: '', model: '', tags: ['south', 'it"s 100%'], attributes: { doors: '4', depot: '' } }),
  sampleDevice({ protocol: 'lwm2m', versions: { firmware: 'v1.2.0+build7' }, attributes: { 'my key': 0 } }),
  sampleDevice({
    standing: 'waiting',
    createdAt: NOON + 1,
    attributes: { depot: 'Kiel_2', doors: -1.5e-7, constructor: 'x' },
  }),
];

const queries: readonly string[] = [
  '*',
  'make = Acme',
  'make != Acme',
  'make < "a"',
  'make > Zz',
  'name exists',
  'not (name exists) or model = ""',
  'tag = north',
  'tag != north',
  'tag contains "s 100%"',
  'tag in (south, pilot)',
  'tag exists',
  'version = 1.2.0',
  'version < 1.10',
  'version >= 1.2 and version.bootloader = 0.9',
  'version != 1.2.0',
  'version.firmware in (1.2.0, 9)',
  'doors = 4',
  'doors = "4"',
  'doors < 5',
  'doors != 4',
  'doors in (4, 5)',
  'doors <= 4.5 and doors > -1',
  'leased = true',
  'leased != true',
  'leased = false or doors exists',
  'depot contains iel',
  'depot contains "_"',
  'depot contains ""',
  'depot = ""',
  'depot > K',
  'attributes."my key" = 0',
  'constructor exists',
  'toString exists',
  'lastSeenAt = 0',
  'lastSeenAt exists',
  'createdAt > 2026-03-01T12:00:00Z',
  'protocol in (lwm2m, ddi) and timeZone = "Europe/Berlin"',
  'standing = waiting',
  'not standing = waiting and exists(standing)',
  'not (tag = north and (doors = 4 or leased = true))',
  'make contains "%"',
  'make contains "cm"',
];

export const targetingContract = (open: OpenStore): void => {
  describe('devices', () => {
    const store = useStore(open);

    describe('under a query', () => {
      const populated = async () => {
        const world = await newWorld(store());
        for (const value of fleet) await world.write({ save: 'device', value });
        return world;
      };

      it('are those that match it', async () => {
        const { account } = await populated();
        for (const text of queries) {
          const where = query(text);
          const expected = ids(fleet.filter((device) => matches(where, device)));
          const listed = await store().devices.list(account, where, EVERYTHING);
          expect(ids(listed.items), text).toEqual(expected);
          expect(await store().devices.count(account, where), text).toBe(expected.length);
        }
      });

      it('are those that match any combination of them', async () => {
        const { account } = await populated();
        const leaf = fc.constantFrom(...queries).map(query);
        const tree = fc.letrec<{ node: Expression }>((tie) => ({
          node: fc.oneof(
            { maxDepth: 3, withCrossShrink: true },
            leaf,
            fc.record({ type: fc.constant('not' as const), of: tie('node') }),
            fc.record({
              type: fc.constantFrom('and' as const, 'or' as const),
              of: fc.array(tie('node'), { maxLength: 3 }),
            }),
          ),
        })).node;
        await fc.assert(
          fc.asyncProperty(tree, async (where) => {
            const { items } = await store().devices.list(account, where, EVERYTHING);
            expect(ids(items)).toEqual(ids(fleet.filter((device) => matches(where, device))));
          }),
          { numRuns: 60 },
        );
      });
    });
  });
};

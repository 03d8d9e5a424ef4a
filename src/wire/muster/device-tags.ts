import Type, { type Static } from 'typebox';
import { Count, exact, nullable } from './common.ts';
import { Tags } from './devices.ts';
import { routeTable } from './route.ts';

const change = {
  add: Type.Optional(Tags),
  remove: Type.Optional(Tags),
};

const TagReport = exact({
  changed: Count,
  unchanged: Count,
  failed: Count,
  problem: nullable(Type.String({ description: 'Why the first of those failed that did.' })),
  next: nullable(
    Type.String({
      description: 'The `cursor` of the call that goes on; `null` once all devices were gone through.',
    }),
  ),
});
export type TagReport = Static<typeof TagReport>;

export const deviceTagRoutes = routeTable({
  tagDevices: {
    method: 'POST',
    path: '/devices/tags',
    access: 'Edit Device',
    tag: 'Devices',
    summary: 'Add tags to many devices, and take tags off them',
    description: [
      'By id up to a thousand at once, or those that match a query: these are gone through in pieces, one for each call,',
      'until `next` is `null`. A repeat changes nothing, so that a call whose answer was lost can be made again.',
    ].join('\n'),
    body: Type.Union([
      exact({
        ...change,
        expression: Type.String({
          maxLength: 8192,
          description: 'A device query; empty text is every device.',
        }),
        cursor: Type.Optional(Type.String({ maxLength: 64 })),
      }),
      exact({
        ...change,
        devices: Type.Array(Type.String({ minLength: 1, maxLength: 140 }), { minItems: 1, maxItems: 1_000 }),
      }),
    ]),
    status: 200,
    reply: TagReport,
  },
});

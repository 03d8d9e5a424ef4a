import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DdiRoute, ddiRoutes } from '../../../src/wire/ddi/routes.ts';
import { type Fleet, type Offered, startFleet } from './fleet.ts';

let fleet: Fleet;
let offered: Offered;
beforeAll(async () => {
  fleet = await startFleet();
  offered = await fleet.offered();
});
afterAll(() => fleet.api.close());

const table: readonly DdiRoute[] = Object.values(ddiRoutes);
const writing = table.filter(({ method }) => method !== 'GET');

/** Words of the protocol in places where they belong, and anything in others. */
const status = fc.record(
  {
    execution: fc.oneof(fc.constantFrom('proceeding', 'download', 'rejected', 'canceled'), fc.jsonValue()),
    result: fc.oneof(
      fc.record(
        { finished: fc.oneof(fc.constantFrom('success', 'none'), fc.jsonValue()), progress: fc.jsonValue() },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    ),
    details: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.jsonValue()),
    code: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.record(
    {
      id: fc.jsonValue(),
      status: fc.oneof(status, fc.jsonValue()),
      mode: fc.oneof(fc.constantFrom('merge', 'replace', 'remove'), fc.jsonValue()),
      data: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue())), fc.jsonValue()),
      confirmation: fc.oneof(fc.constantFrom('confirmed', 'denied'), fc.jsonValue()),
      remark: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);

const isServed = (given: number): boolean => given < 500;

describe('whatever a device sends', () => {
  it('as JSON to any resource, it is answered and not failed', async () => {
    const asked = fc.record({ route: fc.constantFrom(...writing), body });
    await fc.assert(
      fc.asyncProperty(asked, async ({ route, body: sent }) => {
        const path = route.path.replace(':actionId', offered.action);
        const reply = await offered.device.ask(route.method, path, { body: JSON.stringify(sent) });
        expect(isServed(reply.status), JSON.stringify(reply)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('as bytes to any resource, it is answered and not failed', async () => {
    const asked = fc.record({ route: fc.constantFrom(...writing), bytes: fc.uint8Array({ maxLength: 200 }) });
    await fc.assert(
      fc.asyncProperty(asked, async ({ route, bytes }) => {
        const path = route.path.replace(':actionId', offered.action);
        const reply = await offered.device.ask(route.method, path, { body: Buffer.from(bytes) });
        expect(isServed(reply.status), JSON.stringify(reply)).toBe(true);
      }),
    );
  });

  it('as a path, it is answered and not failed', async () => {
    const asked = fc.record({ route: fc.constantFrom(...table), part: fc.string({ minLength: 1 }) });
    await fc.assert(
      fc.asyncProperty(asked, async ({ route, part }) => {
        const path = route.path.replaceAll(/:\w+/g, encodeURIComponent(part.toWellFormed()));
        const reply = await offered.device.ask(route.method, path);
        expect(isServed(reply.status), JSON.stringify(reply)).toBe(true);
      }),
    );
  });

  it('as a range, it is answered and not failed', async () => {
    const { body: document } = await offered.device.ask('GET', `/deploymentBase/${offered.action}`);
    const { href } = document.deployment.chunks[0].artifacts[0]._links.download;
    const range = fc.stringMatching(/^bytes=[0-9,\- ]{0,12}$/);
    await fc.assert(
      fc.asyncProperty(range, async (header) => {
        const reply = await offered.device.ask('GET', href, { headers: { range: header } });
        expect([206, 416]).toContain(reply.status);
        if (reply.status === 206) expect(Number(reply.headers['content-length'])).toBe(reply.body.length);
      }),
      { numRuns: 300 },
    );
  });

  it('nested as deep as a body may be, it is answered', async () => {
    for (const deep of ['['.repeat(1 << 20), `${'['.repeat(1 << 19)}${']'.repeat(1 << 19)}`]) {
      const whole = `{"status": {"execution": "proceeding", "result": {"finished": "none"}, "details": ${deep}}}`;
      const reply = await offered.device.ask('POST', `/deploymentBase/${offered.action}/feedback`, {
        body: whole,
      });
      expect(isServed(reply.status)).toBe(true);
    }
  });

  it('with a raw control character in two mebibytes of text, it is read', async () => {
    const text = `{"status": {"execution": "proceeding", "result": {"finished": "none"}, "details": ["\n${'\\"x'.repeat(700_000)}"]}}`;
    const reply = await offered.device.ask('POST', `/deploymentBase/${offered.action}/feedback`, {
      body: text,
    });
    expect(reply.status).toBeLessThan(500);
    expect(reply.status).not.toBe(400);
  });
});

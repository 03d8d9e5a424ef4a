import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  BodyError as DdiBodyError,
  parseBody,
  readAutoConfirm,
  readConfigData,
  readConsent,
  readFeedback,
  readInstalled,
} from '../../src/devices/ddi/body.ts';
import { parseCbor, toCbor } from '../../src/devices/ddi/cbor.ts';
import { readRanges } from '../../src/devices/ddi/ranges.ts';
import { readPrinted, readProperties, readReports, readTransfers } from '../../src/devices/gateway/body.ts';
import { BodyError, parseJsonBody } from '../../src/server/json-body.ts';
import { countFailures } from '../support/failures.ts';
import { noteFigure } from '../support/figures.ts';
import { countReadable } from '../support/mutator.ts';
import { faults, spoiled } from './spoil.ts';

const INPUTS = 100_000;
const VALUES = 18_000;
const SEED = 28;
const params = { deviceId: 'gw-1', campaignId: 'c1' };

const feedback = {
  time: '20261122T080000',
  status: {
    execution: 'proceeding',
    result: { finished: 'none', progress: { cnt: 2, of: 5 } },
    code: 200,
    details: ['a', 'b'],
  },
};
const attributes = { mode: 'merge', data: { 'hw.revision': '2', version: '1.0', none: null } };
const reports = { commands: [{ commandId: '1-2-3', status: 'SUCCEEDED', message: 'done', exitCode: 0 }] };
const transfers = { packagesProgress: [{ id: 'p1', progress: '10', total: 20 }] };
const properties = { upsert: [{ name: 'agent', value: '1.0' }], remove: ['old'] };
const printed = { progress: ['line'], phase: 'activation' };

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

type Reader = (body: unknown) => unknown;

/** What a device's body may be read as; each of them gives a value or a refusal. */
const readers: Readonly<Record<string, { readonly good: unknown; readonly read: Reader }>> = {
  'DDI feedback': { good: feedback, read: readFeedback },
  'DDI attributes': { good: attributes, read: readConfigData },
  'DDI consent': { good: { confirmation: 'confirmed', code: 1, details: ['yes'] }, read: readConsent },
  'DDI auto-confirm': { good: { initiator: 'ada', remark: 'all' }, read: readAutoConfirm },
  'DDI installed base': { good: { name: 'base', version: '1' }, read: readInstalled },
  'gateway results': { good: reports, read: (body) => readReports(body, params) },
  'gateway progress': { good: transfers, read: (body) => readTransfers(body, params) },
  'gateway output': { good: printed, read: (body) => readPrinted(body, params) },
  'gateway properties': { good: properties, read: (body) => readProperties(body, params) },
};

/** Whether bytes could be read; what is thrown beside a refusal of the parser goes on. */
const reads =
  (parse: (bytes: Uint8Array) => unknown, then: readonly Reader[]) =>
  (bytes: Uint8Array): boolean => {
    let value: unknown;
    try {
      value = parse(bytes);
    } catch (error) {
      if (error instanceof DdiBodyError || error instanceof BodyError) return false;
      throw error;
    }
    for (const read of then) read(value);
    return true;
  };

let inputs = 0;
const failures = countFailures();
afterAll(() =>
  noteFigure({
    ...{ id: 'R-28', part: 'DDI and gateways', seed: SEED, pass: failures() === 0 && inputs > 0 },
    result: `${failures()} tests failed by a throw in ${inputs.toLocaleString('en')} inputs`,
    command: 'vitest run test/fuzz/device-inputs.test.ts',
  }),
);

const every = Object.values(readers);
const all = every.map(({ read }) => read);
const seeds = every.map(({ good }) => json(good));

describe.each([
  ['JSON of DDI', seeds, reads(parseBody, all)],
  ['CBOR of DDI', every.map(({ good }) => toCbor(good)), reads(parseCbor, all)],
  ['JSON of gateways', seeds, reads(parseJsonBody, all)],
] as const)('a hundred thousand inputs of %s', (_, vectors, read) => {
  it('are read or refused, and nothing else is thrown', { timeout: 300_000 }, () => {
    expect(countReadable(vectors, read, INPUTS)).toBeGreaterThan(1_000);
    inputs += INPUTS;
  });
});

describe.each(Object.entries(readers))('%s', (_, { good, read }) => {
  it('with other values at any place are read or refused', () => {
    fc.assert(
      fc.property(faults, (given) => {
        read(given.reduce((value, fault) => spoiled(value, fault), good as unknown));
        inputs += 1;
      }),
      { seed: SEED, numRuns: VALUES / every.length },
    );
  });
});

describe('ranges', () => {
  it('are read as some, as the whole or as none, and lie inside what there is', () => {
    const text = fc.oneof(fc.stringMatching(/^bytes=[0-9,\- ]{0,24}$/), fc.string());
    fc.assert(
      fc.property(text, fc.nat({ max: 5_000 }), (header, size) => {
        inputs += 1;
        const ranges = readRanges(header, size);
        if (ranges === undefined || ranges === 'whole') return;
        for (const { start, end } of ranges) expect(start >= 0 && start < end && end <= size).toBe(true);
      }),
      { seed: SEED, numRuns: 20_000 },
    );
  });
});

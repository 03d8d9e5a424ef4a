import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPlan, planOfCampaign } from '../../src/client/document/plan.ts';
import { ProblemError } from '../../src/client/muster.ts';
import { type CliWorld, startCliWorld } from '../support/cli.ts';
import { anyPlan } from '../support/plans.ts';

let world: CliWorld;
let fw: string;

beforeAll(async () => {
  world = await startCliWorld();
  for (const id of ['d1', 'd2', 'd3', 'd4']) {
    await world.client.createDevice({ body: { id, model: id === 'd4' ? 'GW-3' : 'GW-2' } });
  }
  fw = await upload({ name: 'fw', version: '2.0', model: 'GW-2' });
  await upload({ name: 'twin', version: '1', model: 'A' });
  await upload({ name: 'twin', version: '1', model: 'B' });
  await world.client.createQuery({ body: { name: 'gateways', expression: 'model = "GW-2"' } });
});
afterAll(() => world.stop());

const upload = async (query: { name: string; version: string; model: string }): Promise<string> => {
  const bytes = { type: 'application/octet-stream', data: `${query.name} ${query.model}` };
  return (await world.client.createPackage({ query, bytes })).id;
};

const document = (spec: string, name = 'spring'): string =>
  `apiVersion: muster/v1\nkind: Campaign\nname: ${name}\nspec: ${spec}\n`;

const written = async (text: string): Promise<string> => {
  const path = join(world.directory, 'campaign.yaml');
  await writeFile(path, text);
  return path;
};

const plan = async (text: string) => {
  const ran = await world.muster(['campaign', 'plan', '-', '--check', '-o', 'json'], { stdin: text });
  return { ...ran, said: ran.out === '' ? undefined : JSON.parse(ran.out) };
};
const apply = (text: string, ...more: string[]) =>
  world.muster(['campaign', 'apply', '-', '-o', 'json', ...more], { stdin: text });

describe('a campaign as a document', () => {
  it('is created once, and the second time nothing changes', async () => {
    const text = document(
      '{ packages: [{ name: fw, version: "2.0" }], target: { by: query, query: gateways } }',
    );
    expect((await plan(text)).said).toMatchObject({ action: 'create', examination: { devices: 3 } });
    const made = JSON.parse((await apply(text)).out);
    expect(made).toMatchObject({ packages: [fw], target: { expression: 'model = "GW-2"' }, status: 'draft' });
    const again = await apply(text);
    expect(again.err).toContain('nothing was changed');
    expect(JSON.parse(again.out)).toMatchObject({ id: made.id, revision: made.revision });
    expect(await plan(text)).toMatchObject({ code: 0, said: { action: 'none', changes: [] } });
    expect(await world.client.listCampaigns({ query: { text: 'spring' } })).toMatchObject({ items: [{}] });
  });

  it('changes what differs, and shows it with those that cannot take part', async () => {
    const text = document(
      '{ packages: [{ name: fw, version: "2.0" }], target: { by: query, expression: "*" }, concurrency: 2 }',
    );
    const planned = await plan(text);
    expect(planned).toMatchObject({ code: 8, said: { action: 'change' } });
    expect(planned.said.changes).toEqual([
      { path: 'target.expression', from: 'model = "GW-2"', to: '*' },
      { path: 'target.list', from: expect.any(String), to: null },
      { path: 'concurrency', from: null, to: 2 },
    ]);
    expect(planned.said.examination.excluded).toMatchObject([
      { reason: 'wrong-model', devices: 1, examples: ['d4'] },
    ]);
    expect(planned.said.forecast).toMatchObject({ finish: {}, peak: {} });
    const dry = await apply(text, '--dry-run');
    expect(JSON.parse(dry.out)).toMatchObject({ action: 'change' });
    expect((await apply(text)).err).toContain('3 changes');
    expect(await plan(text)).toMatchObject({ code: 0 });
  });

  it('does not start for the whole fleet unless that is confirmed, and starts once', async () => {
    const text = document(
      '{ packages: [{ name: fw, version: "2.0" }], target: { by: query, expression: "*" }, concurrency: 2 }',
    );
    const doubt = await apply(text, '--start');
    expect(doubt).toMatchObject({
      code: 5,
      err: expect.stringContaining('try: the same command with --yes'),
    });
    expect(JSON.parse((await apply(text, '--start', '--yes')).out)).toMatchObject({ status: 'running' });
    expect(await apply(text, '--start')).toMatchObject({ code: 0 });
    await world.muster(['campaign', 'pause', 'spring']);
    const held = await apply(text, '--start');
    expect(held).toMatchObject({
      code: 5,
      err: expect.stringMatching(/is paused; it was not started\n {2}try: muster campaign resume/),
    });
    await world.muster(['campaign', 'cancel', 'spring']);
    expect(await apply(text)).toMatchObject({ code: 0 });
    expect(await apply(document('{}'))).toMatchObject({ code: 5, err: expect.stringContaining('--new') });
    expect(JSON.parse((await apply(document('{}'), '--new')).out)).toMatchObject({ status: 'draft' });
  });

  it('has the devices that it names, in itself or in a file, and no others', async () => {
    const devices = (ids: string) => document(`{ target: { by: hand, devices: [${ids}] } }`, 'hand');
    await apply(devices('d1, d2'));
    const planned = await plan(devices('d2, d3'));
    expect(planned).toMatchObject({ code: 8, said: { devices: { add: 1, remove: 1 } } });
    await apply(devices('d2, d3'));
    expect((await world.muster(['campaign', 'export', 'hand'])).out).toContain(
      'devices:\n      - d2\n      - d3\n',
    );
    await writeFile(join(world.directory, 'ids.txt'), 'd3\nd4\n');
    const file = await written(document('{ target: { by: hand, file: ids.txt } }', 'hand'));
    await world.muster(['campaign', 'apply', file]);
    expect((await world.muster(['campaign', 'devices', 'hand', '--outcome', 'removed', '--ids'])).out).toBe(
      'd1\nd2\n',
    );
    expect(await world.muster(['campaign', 'plan', file, '--check'])).toMatchObject({ code: 0 });
    const alone = document('{ target: { by: hand } }', 'hand');
    expect(await plan(alone)).toMatchObject({ code: 0 });
  });

  it('is refused with line and column of all that is wrong', async () => {
    const file = await written(document('\n  packages: [{ name: fw, version: 2 }]\n  concurency: 5'));
    const { code, err } = await world.muster(['campaign', 'validate', file]);
    expect(code).toBe(5);
    expect(err).toBe(
      `error: this is no campaign:\n` +
        `  ${file}:5:35: spec.packages[0].version: expected text, got 2; put it in quotes\n` +
        `  ${file}:6:3: spec.concurency: "concurency" is not known here; did you mean "concurrency"?\n` +
        '  try: muster campaign schema (what a document may have), or muster campaign export <campaign>\n',
    );
  });

  it('is refused when it names what is not there, or what several are', async () => {
    const missing = await plan(document('{ packages: [{ name: fw, version: "9" }] }', 'other'));
    expect(missing).toMatchObject({
      code: 5,
      err: expect.stringContaining('-:4:20: spec.packages[0]: there is no package fw 9'),
    });
    const rule =
      '{ signal: failed, scope: { by: campaign }, minimum: 1, threshold: { percent: 5 }, action: roll-back';
    const back = await plan(
      document(`\n  stopRules:\n    - ${rule}, rollBackTo: { name: fw, version: "8" } }`, 'other'),
    );
    expect(back.err).toContain('-:6:');
    expect(back.err).toContain('spec.stopRules[0].rollBackTo: there is no package fw 8');
    const several = await plan(document('{ packages: [{ name: twin, version: "1" }] }', 'other'));
    expect(several.err).toContain('add kind, make, model or fromVersion');
    const told = await plan(document('{ packages: [{ name: twin, version: "1", model: B }] }', 'other'));
    expect(told).toMatchObject({ code: 8 });
    const query = await plan(document('{ target: { by: query, query: nowhere } }', 'other'));
    expect(query).toMatchObject({ code: 5, err: expect.stringContaining('try: muster query list') });
    expect(query.err).toContain('-:4:37: spec.target.query: there is no saved query "nowhere"');
    const wrong = await plan(document('{ target: { by: query, expression: "model =" } }', 'other'));
    expect(wrong).toMatchObject({ code: 5, err: expect.stringContaining('query/syntax') });
  });

  it('says who has to approve, and that approvals lapse', async () => {
    await world.client.createAccount({ body: { id: 'NORTH', name: 'North', approvalPolicy: 'one' } });
    const north = { env: { MUSTER_ACCOUNT: 'NORTH' }, stdin: document('{ concurrency: 1 }', 'n') };
    const first = await world.muster(['campaign', 'plan', '-'], north);
    expect(first.out).toContain('approval   one person has to approve it');
    const waiting = await world.muster(['campaign', 'apply', '-', '--start'], north);
    expect(waiting).toMatchObject({ code: 5, err: expect.stringContaining('waits for approval') });
    await world.muster(['campaign', 'approve', 'n'], north);
    const other = { ...north, stdin: document('{ concurrency: 2 }', 'n') };
    const lapsing = await world.muster(['campaign', 'plan', '-'], other);
    expect(lapsing.out).toContain('1 given so far will not count any more');
  });

  it('has a schema that the API shows too', async () => {
    const shown = await world.client.getCampaignSchema({});
    expect(JSON.parse((await world.muster(['campaign', 'schema'])).out)).toEqual(shown);
  });

  it('has the same defaults as a new campaign', async () => {
    const { name: _, ...made } = planOfCampaign(
      await world.client.createCampaign({ body: { name: 'bare' } }),
    );
    expect(made).toEqual(newPlan);
  });

  it('that was exported changes nothing, whatever the campaign', async () => {
    let taken = 0;
    const property = fc.asyncProperty(anyPlan([fw]), async (sample) => {
      const campaign = await world.client.createCampaign({ body: sample }).catch((error: unknown) => {
        // What no campaign can be is not exported either.
        if (error instanceof ProblemError && error.problem.status === 422) return undefined;
        throw error;
      });
      if (campaign === undefined) return;
      taken += 1;
      const { out } = await world.muster(['campaign', 'export', campaign.id]);
      const again = await world.muster(['campaign', 'plan', '-', '--check', '--campaign', campaign.id], {
        stdin: out,
      });
      expect({ document: out, ...again }).toMatchObject({ code: 0 });
    });
    await fc.assert(property, { numRuns: 80, seed: 11 });
    expect(taken).toBeGreaterThan(20);
  });
});

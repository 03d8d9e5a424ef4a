import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, type Fleet, type Offered, startFleet } from './fleet.ts';

let fleet: Fleet;
let offered: Offered;
beforeEach(async () => {
  fleet = await startFleet();
  offered = await fleet.offered();
});
afterEach(() => fleet.api.close());

const say = (execution: string, finished = 'none', more: object = {}) =>
  offered.device.say('deploymentBase', offered.action, execution, finished, more);
const raw = (body: unknown) =>
  offered.device.ask('POST', `/deploymentBase/${offered.action}/feedback`, { body });
const status = (more: object = {}) => ({ execution: 'proceeding', result: { finished: 'none' }, ...more });
const update = () => offered.campaign.update(offered.device);
const place = async () => {
  const found = await update();
  return found.status === 'open' ? found.position : `${found.outcome}/${found.reason}`;
};
const log = async () =>
  (await fleet.api.call('GET', `/campaigns/${offered.campaign.id}/devices/${offered.device.id}/log`)).body;

describe('feedback', () => {
  it.each([
    ['download', 'none', 'download-running'],
    ['downloaded', 'none', 'download-complete'],
    ['downloaded', 'success', 'download-complete'],
    ['proceeding', 'none', 'download-running'],
    ['scheduled', 'none', 'download-running'],
    ['resumed', 'none', 'download-running'],
    ['rejected', 'none', 'download-running'],
    ['rejected', 'failure', 'download-running'],
    ['canceled', 'success', 'download-running'],
    ['closed', 'success', 'succeeded/none'],
    ['closed', 'none', 'succeeded/none'],
    ['closed', 'failure', 'failed/install-failed'],
  ])('D1: %s with %s makes it %s', async (execution, finished, expected) => {
    const reply = await say(execution, finished);
    expect(reply.status).toBe(200);
    expect(await place()).toBe(expected);
    expect((await log()).entries).toMatchObject([{ word: execution, result: finished }]);
  });

  it.each(['proceeding', 'scheduled', 'resumed'])(
    'D1: %s after the download means the install',
    async (word) => {
      await say('downloaded');
      await say(word);
      expect(await place()).toBe('execution-running');
      await say('download');
      expect(await place()).toBe('execution-running');
    },
  );

  it.each([
    ['Checksum error of update.swu', 'checksum-mismatch', 'open'],
    ['sha1 does not match', 'checksum-mismatch', 'open'],
    ['No space left on device', 'no-space', 'closed'],
    ['No suitable .swu image found', 'install-failed', 'closed'],
    ['Compatible mismatch: expected "a", got "b"', 'wrong-package', 'closed'],
    ['Deployment 5 unsupported: cannot handle multiple chunks.', 'unsupported', 'closed'],
    ['Connection timed out', 'connection-lost', 'open'],
    ['Download failed', 'download-failed', 'open'],
    ['Update Failed.', 'install-failed', 'closed'],
  ])('D1: a failure that says "%s" is a %s, and the update is %s', async (words, reason, then) => {
    await raw({ status: { execution: 'closed', result: { finished: 'failure' }, details: [words] } });
    const found = await update();
    expect(found.status).toBe(then);
    if (found.status === 'closed') expect(found).toMatchObject({ reason, message: words });
    else expect(found).toMatchObject({ attempt: 2, position: 'inventoried' });
  });

  it('D1: a failure that may pass is offered again after its time, under the same id', async () => {
    await raw({
      status: { execution: 'closed', result: { finished: 'failure' }, details: 'download failed' },
    });
    expect(await offered.device.links()).not.toHaveProperty('deploymentBase');
    expect((await say('proceeding')).status).toBe(200);
    expect((await say('closed', 'failure')).status).toBe(200);
    expect(await update()).toMatchObject({ status: 'open', attempt: 2 });
    const sleep = (await offered.device.ask('GET')).body.config.polling.sleep;
    expect(sleep).toMatch(/^00:05:\d\d$/);
    fleet.api.pass(5 * 60_000);
    expect(actionOf((await offered.device.links())['deploymentBase'])).toBe(offered.action);
  });

  it.each([
    [{}],
    [{ status: null }],
    [{ status: {} }],
    [{ status: { execution: 'closed' } }],
    [{ status: { execution: 'closed', result: {} } }],
    [{ status: { execution: 'closed', result: { finished: 'maybe' } } }],
    [{ status: { execution: 'sleeping', result: { finished: 'none' } } }],
    [{ status: { result: { finished: 'none' } } }],
    ['[]'],
    ['"closed"'],
    ['{"status": {"execution": "closed", "result": {"fini'],
  ])('D2: %j is 400', async (body) => {
    expect(await raw(body)).toMatchObject({
      status: 400,
      body: { errorCode: 'hawkbit.server.error.rest.body.notReadable' },
    });
    expect(await place()).toBe('download-running');
  });

  it('D3: is 410 once another result was told', async () => {
    await say('closed', 'success');
    for (const [execution, finished] of [
      ['closed', 'failure'],
      ['proceeding', 'none'],
      ['rejected', 'none'],
    ] as const) {
      expect((await say(execution, finished)).status).toBe(410);
    }
    expect(await place()).toBe('succeeded/none');
  });

  it('D4: is 404 for the action of another device, and for none', async () => {
    const other = await fleet.device();
    expect((await other.say('deploymentBase', offered.action, 'closed', 'success')).status).toBe(404);
    expect((await offered.device.say('deploymentBase', '7', 'closed', 'success')).status).toBe(404);
    expect(await place()).toBe('download-running');
  });

  it('D5: takes details as a text, a number, or a list with other things in it', async () => {
    await raw({ status: status({ details: 'one line' }) });
    await raw({ status: status({ details: 7 }) });
    await raw({ status: status({ details: ['a', 1, null, {}, ['x'], true] }) });
    await raw({ status: status({ details: null }) });
    const { entries } = await log();
    expect(entries.map(({ lines }: { lines: string[] }) => lines)).toEqual([
      ['one line'],
      ['7'],
      ['a', '1', 'true'],
      [],
    ]);
  });

  it('D6: takes control characters inside strings', async () => {
    const text = `{"id": "5", "status": {"execution": "closed", "result": {"finished": "failure"}, "details": ["Got malformed\n\tJSON: \\"x\\" \u0001 \u0000"]}}`;
    expect((await raw(text)).status).toBe(200);
    expect(await update()).toMatchObject({
      status: 'closed',
      message: 'Got malformed\n\tJSON: "x" \u0001 \ufffd',
    });
  });

  it('D7: takes an id as a number, another id, and members in any order', async () => {
    expect((await raw({ status: status(), time: 5, id: Number(offered.action) })).status).toBe(200);
    expect((await raw({ extra: {}, status: { ...status(), id: 1 }, id: 'other' })).status).toBe(200);
  });

  it('D8: keeps the code and the progress', async () => {
    await raw({
      status: {
        execution: 'proceeding',
        result: { finished: 'none', progress: { cnt: 2, of: 5 } },
        code: 200,
      },
    });
    await raw({
      status: { ...status({ code: '-3' }), result: { finished: 'none', progress: { cnt: 'x' } } },
    });
    expect((await log()).entries).toMatchObject([
      { code: 200, progress: { done: 2, of: 5 } },
      { code: -3, progress: null },
    ]);
  });

  it('D9: takes 1,001 reports, keeps the first and the last, and the result', async () => {
    for (let count = 1; count <= 1_001; count += 1) {
      const reply = await raw({ status: status({ details: [`step ${count}`] }) });
      if (reply.status !== 200) throw new Error(`report ${count} was answered ${reply.status}`);
    }
    expect((await say('closed', 'success')).status).toBe(200);
    expect(await place()).toBe('succeeded/none');
    const { total, entries } = await log();
    expect(total).toBe(1_002);
    expect(entries.length).toBeLessThan(300);
    expect(entries[0].lines).toEqual(['step 1']);
    expect(entries.at(-1)).toMatchObject({ n: 1_002, word: 'closed' });
  });

  it('D9: takes thousands of details, and keeps the first and the last with how many were between', async () => {
    const details = Array.from({ length: 5_000 }, (_, index) => `${index} ${'x'.repeat(500)}`);
    expect((await raw({ status: status({ details: [...details, 'y'.repeat(9_000)] }) })).status).toBe(200);
    const { lines } = (await log()).entries[0];
    expect(lines).toHaveLength(50);
    expect(lines[0]).toMatch(/^0 x/);
    expect(lines[25]).toBe('(4952 lines left out)');
    expect(lines.at(-2)).toMatch(/^4999 x/);
    expect(lines.at(-1)).toHaveLength(8_192);
  });

  it('D10: is taken while the action is cancelled', async () => {
    const { campaign, device } = offered;
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });
    expect((await say('proceeding')).status).toBe(200);
    expect((await say('closed', 'success')).status).toBe(200);
    expect(await place()).toBe('succeeded/none');
  });

  it('D10: a failure while the action is cancelled is one, and nothing is tried again', async () => {
    const { campaign, device } = offered;
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });
    await raw({
      status: { execution: 'closed', result: { finished: 'failure' }, details: 'download failed' },
    });
    expect(await place()).toBe('failed/download-failed');
  });

  it.each(['success', 'failure'])(
    'D11: the same %s told again is 200 and changes nothing',
    async (finished) => {
      await say('closed', finished);
      const before = await update();
      fleet.api.pass(60_000);
      expect((await say('closed', finished)).status).toBe(200);
      expect(await update()).toEqual(before);
    },
  );

  it('D12: is an empty 200', async () => {
    const reply = await say('proceeding');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-length']).toBe('0');
    expect(reply.body).toHaveLength(0);
  });

  it('is 404 before the action was offered', async () => {
    const device = await fleet.device();
    await fleet.campaign([device], { checkpoints: ['download'] });
    const action = actionOf((await device.links())['confirmationBase']);
    expect((await device.say('deploymentBase', action, 'closed', 'success')).status).toBe(404);
  });

  it('of a success makes the version known, and ends a campaign that is complete', async () => {
    const device = await fleet.device();
    const { id } = await fleet.pack('image', { version: '9.1' });
    const running = await fleet.campaign([device], { packages: [id], endWhenComplete: true });
    const action = actionOf((await device.links())['deploymentBase']);
    await device.say('deploymentBase', action, 'closed', 'success');
    expect((await fleet.api.call('GET', `/devices/${device.id}`)).body.versions).toEqual({ firmware: '9.1' });
    expect((await fleet.api.call('GET', `/campaigns/${running.id}`)).body.status).toBe('ended');
  });

  it('of two connections at once is lost on neither', async () => {
    const replies = await Promise.all([
      ...Array.from({ length: 20 }, () => say('proceeding')),
      say('downloaded'),
      offered.device.ask('GET'),
      offered.device.ask('GET'),
    ]);
    expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 200));
    expect((await log()).total).toBe(21);
  });
});

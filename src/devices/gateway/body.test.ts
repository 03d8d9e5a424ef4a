import { describe, expect, it } from 'vitest';
import { integerOf, readPrinted, readProperties, readReports, readTransfers } from './body.ts';

const path = { campaignId: 'c', gatewayId: 'g' };
const refusedWith = (field: string) =>
  expect.objectContaining({ ok: false, refusal: expect.objectContaining({ code: 'invalid', field }) });

describe('reports on commands', () => {
  it('are read in camelCase and snake_case, with codes as numbers and as text', () => {
    const commands = [
      { commandId: 'a', status: 'FAILED', message: 'no', exitCode: 3 },
      { command_id: 'b', status: 'FAILED', exit_code: '-1', message: null, more: {} },
      { commandId: 'c', status: 'RECEIVED' },
    ];
    expect(readReports({ commands }, path)).toEqual({
      ok: true,
      value: [
        { id: 'a', status: 'failed', message: 'no', exitCode: 3 },
        { id: 'b', status: 'failed', message: '', exitCode: -1 },
        { id: 'c', status: 'received', message: '', exitCode: null },
      ],
    });
  });

  it.each([
    [undefined, 'commands'],
    [{}, 'commands'],
    [{ commands: [] }, 'commands'],
    [{ commands: {} }, 'commands'],
    [[], 'body'],
    ['text', 'body'],
    [{ commands: ['x'] }, 'commands.0'],
    [{ commands: [{ status: 'FAILED' }] }, 'commands.0.commandId'],
    [{ commands: [{ commandId: 'a', status: 'DONE' }] }, 'commands.0.status'],
    [{ commands: [{ commandId: 'a' }] }, 'commands.0.status'],
    [{ commands: [{ commandId: 'a', status: 'FAILED', exitCode: 'one' }] }, 'commands.0.exitCode'],
    [{ commands: new Array(101).fill({ commandId: 'a', status: 'FAILED' }) }, 'commands'],
    [{ gatewayId: 'h', commands: [{ commandId: 'a', status: 'FAILED' }] }, 'gatewayId'],
    [{ deviceId: 'h', commands: [{ commandId: 'a', status: 'FAILED' }] }, 'deviceId'],
  ])('are refused whole: %j for %s', (body, field) => {
    expect(readReports(body, path)).toEqual(refusedWith(field));
  });
});

describe('transfers', () => {
  it('have bytes as numbers or as text; what is left out is 0', () => {
    const packagesProgress = [
      { id: 'p', progress: '12', total: 34 },
      { id: 'q', total: '9007199254740991' },
    ];
    expect(readTransfers({ packagesProgress, campaignId: 'c', gateway_id: 'g' }, path)).toEqual({
      ok: true,
      value: [
        { id: 'p', done: 12, of: 34 },
        { id: 'q', done: 0, of: Number.MAX_SAFE_INTEGER },
      ],
    });
    expect(readTransfers({ packages_progress: null }, path)).toEqual({ ok: true, value: [] });
  });

  it.each([
    [{ packagesProgress: [{ progress: '1', total: '1' }] }, 'packagesProgress.0.id'],
    [{ packagesProgress: [{ id: 'p', progress: 'x', total: '1' }] }, 'packagesProgress.0'],
    [{ packagesProgress: [{ id: 'p', progress: 1.5, total: 2 }] }, 'packagesProgress.0'],
    [{ packagesProgress: 'p' }, 'packagesProgress'],
    [{ campaignId: 'other', packagesProgress: [] }, 'campaignId'],
  ])('are refused: %j for %s', (body, field) => {
    expect(readTransfers(body, path)).toEqual(refusedWith(field));
  });
});

describe('what a gateway prints', () => {
  it('is of the execution unless it says another phase, in any case', () => {
    expect(readPrinted({ progress: ['a', 7] }, path)).toEqual({
      ok: true,
      value: { lines: ['a', '7'], phase: 'execution' },
    });
    expect(readPrinted({ progress: [], phase: 'ACTIVATION' }, path)).toMatchObject({
      value: { phase: 'activation' },
    });
  });

  it('can be stored: no NUL, no half of a pair', () => {
    expect(readPrinted({ progress: ['a\0b', '\ud83d'] }, path)).toMatchObject({
      value: { lines: ['a\ufffdb', '\ufffd'] },
    });
  });

  it.each([
    [{ progress: [{}] }, 'progress.0'],
    [{ progress: [], phase: 'reboot' }, 'phase'],
  ])('is refused: %j for %s', (body, field) => {
    expect(readPrinted(body, path)).toEqual(refusedWith(field));
  });
});

describe('system properties', () => {
  it('are names with texts, and names that are taken away', () => {
    const upsert = [
      { name: 'os', value: 'linux' },
      { name: 'cores', value: 4 },
      { name: 'empty', value: null },
    ];
    expect(readProperties({ upsert, remove: ['old', 'os'] }, path)).toEqual({
      ok: true,
      value: {
        upsert: [
          { name: 'os', value: 'linux' },
          { name: 'cores', value: '4' },
          { name: 'empty', value: '' },
        ],
        remove: ['old', 'os'],
      },
    });
    expect(readProperties({}, path)).toEqual({ ok: true, value: { upsert: [], remove: [] } });
  });

  it.each([
    [{ upsert: [{ value: 'x' }] }, 'upsert.0.name'],
    [{ upsert: [{ name: 'x', value: {} }] }, 'upsert.0.value'],
    [{ remove: [null] }, 'remove.0'],
  ])('are refused: %j for %s', (body, field) => {
    expect(readProperties(body, path)).toEqual(refusedWith(field));
  });
});

describe('whole numbers', () => {
  it.each([
    [7, 7],
    ['7', 7],
    ['-7', -7],
    ['', undefined],
    ['7.0', undefined],
    [7.5, undefined],
    [true, undefined],
    ['99999999999999999', undefined],
  ])('%j is %j', (given, number) => {
    expect(integerOf(given)).toBe(number);
  });
});

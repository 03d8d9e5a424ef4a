import { describe, expect, it } from 'vitest';
import { isCi, leave } from '../support/endurance.ts';
import { findStrace } from '../support/strace.ts';
import { diskFinding, runDisk } from './disk/disk.ts';

const MOST = isCi ? 500 : 4;

describe.skipIf(findStrace() === undefined)('a server whose disk fails', () => {
  it('acknowledges nothing that is lost, says that it cannot write, and goes on when it can', async () => {
    const report = await runDisk(MOST);
    await leave([diskFinding(report)]);
    expect(report.flaws).toEqual([]);
    expect(report.faults).toBeGreaterThan(10);
    expect(report.refused).toBeGreaterThan(5);
  }, 900_000);
});

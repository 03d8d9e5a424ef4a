import type { MessagePort } from 'node:worker_threads';
import type { Change } from '../app/writes.ts';
import { commitGroup } from './commit.ts';
import type { Database } from './db.ts';
import type { Settled } from './group.ts';
import { type Answer, type Call, faultOf, type Place } from './sqlite-calls.ts';
import { sqliteDb } from './sqlite-db.ts';
import { marksIn } from './sqlite-marks.ts';
import { openWriter, transact } from './sqlite-writer.ts';

const told = (settled: Settled) => ('error' in settled ? { error: faultOf(settled.error) } : settled);

/**
 * Answers calls that come over a port with the connection that writes, one after the other: on a thread of its own, neither
 * statements nor flushes hold up requests.
 */
export const answerCalls = (port: MessagePort, { file, marks }: Place): void => {
  const writer = openWriter(file, marksIn(marks));
  const db = sqliteDb(writer.run);
  const database: Pick<Database, 'read' | 'write'> = {
    read: db,
    write: (work) => transact(writer, () => work(db)),
  };
  const carryOut = async (call: Call): Promise<unknown> => {
    switch (call.do) {
      case 'run':
        return writer.run(call.statement);
      case 'group':
        return (await commitGroup(database, JSON.parse(call.changes) as readonly Change[])).map(told);
      default:
        return writer[call.do]();
    }
  };
  const answerTo = (call: Call): Promise<Answer> =>
    carryOut(call).then(
      (value) => ({ value }),
      (error: unknown) => ({ error: faultOf(error) }),
    );
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (call: Call) => {
    last = last.then(async () => port.postMessage(await answerTo(call)));
  });
};

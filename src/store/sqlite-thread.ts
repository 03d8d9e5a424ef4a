import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Change } from '../app/writes.ts';
import { commitGroup } from './commit.ts';
import type { Database } from './db.ts';
import { LARGEST, type Settled } from './group.ts';
import { type Answer, type Call, faultOf, type Group, type Place } from './sqlite-calls.ts';
import { sqliteDb } from './sqlite-db.ts';
import { marksIn } from './sqlite-marks.ts';
import { openWriter, transact } from './sqlite-writer.ts';

const told = (settled: Settled) => ('error' in settled ? { error: faultOf(settled.error) } : settled);

/**
 * Answers calls that come over a port with the connection that writes, one after the other: on a thread of its own, neither
 * statements nor flushes hold up requests. Groups of changes that wait one behind the other share a transaction.
 */
export const answerCalls = (port: MessagePort, { file, marks }: Place): void => {
  const writer = openWriter(file, marksIn(marks));
  const db = sqliteDb(writer.run);
  const database: Pick<Database, 'read' | 'write'> = {
    read: db,
    write: (work) => transact(writer, () => work(db)),
  };
  const waiting: Call[] = [];
  const tell = (answer: Answer): void => port.postMessage(answer);

  /** The groups that are next, until there are enough of them. */
  const groupsNext = (): readonly (readonly Change[])[] => {
    const groups: (readonly Change[])[] = [];
    let changes = 0;
    for (let [next] = waiting; next?.do === 'group' && changes < LARGEST; [next] = waiting) {
      const group = JSON.parse(next.changes) as readonly Change[];
      groups.push(group);
      changes += group.length;
      waiting.shift();
    }
    return groups;
  };
  const commitGroups = async (): Promise<void> => {
    const groups = groupsNext();
    const settled = (await commitGroup(database, groups.flat())).map(told);
    let from = 0;
    for (const { length } of groups) {
      tell({ value: settled.slice(from, from + length) });
      from += length;
    }
  };
  const carryOut = async (call: Exclude<Call, Group>): Promise<void> => {
    try {
      tell({ value: call.do === 'run' ? await writer.run(call.statement) : await writer[call.do]() });
    } catch (error) {
      tell({ error: faultOf(error) });
    }
  };
  /** What was sent while something was carried out; the loop of events would give it one by one. */
  const hear = (): void => {
    for (let sent = receiveMessageOnPort(port); sent !== undefined; sent = receiveMessageOnPort(port))
      waiting.push(sent.message as Call);
  };

  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    for (let [next] = waiting; next !== undefined; hear(), [next] = waiting) {
      if (next.do === 'group') await commitGroups();
      else {
        waiting.shift();
        await carryOut(next);
      }
    }
    busy = false;
  };
  port.on('message', (call: Call) => {
    waiting.push(call);
    if (busy) return;
    hear();
    void work();
  });
};

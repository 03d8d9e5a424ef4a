import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { agentCommands, agentRoutes, commandStatuses } from '../../../src/wire/pulse/agent.ts';
import { markdownTable } from '../../support/markdown.ts';

const read = (): Promise<string> =>
  readFile(new URL('../../../docs/protocols/gateway.md', import.meta.url), 'utf8');

describe('docs/protocols/gateway.md', () => {
  it('lists every operation of the table of routes, in its order', async () => {
    const rows = markdownTable(await read(), 'operation');
    const expected = Object.entries(agentRoutes).map(([operation, { method, path }]) => ({
      operation,
      method,
      path,
    }));
    expect(rows.map(({ operation, method, path }) => ({ operation, method, path }))).toEqual(expected);
  });

  it('lists every command and every status of one', async () => {
    const text = await read();
    const commands = markdownTable(text, 'command').map(({ command }) => command);
    expect(commands.toSorted()).toEqual(agentCommands.toSorted());
    expect(markdownTable(text, 'status').map(({ status }) => status)).toEqual(commandStatuses);
  });
});

import { type IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endTogether } from './end-together.ts';

const open = (): ServerResponse => new ServerResponse({ method: 'GET' } as IncomingMessage);

describe('responses that end together', () => {
  it('end once all that is under way in this turn is done, each once', async () => {
    const endSoon = endTogether();
    const [first, second, later] = [open(), open(), open()];
    endSoon(first, 'one');
    endSoon(second);
    expect([first, second].map(({ writableEnded }) => writableEnded)).toEqual([false, false]);
    await turn();
    expect([first, second].map(({ writableEnded }) => writableEnded)).toEqual([true, true]);
    endSoon(later, 'three', 'latin1');
    await turn();
    expect(later.writableEnded).toBe(true);
  });

  it('are not held up by one whose client has gone', async () => {
    const endSoon = endTogether();
    const [gone, there] = [open(), open()];
    gone.destroy();
    endSoon(gone, 'nobody reads this');
    endSoon(there, 'but this');
    await turn();
    expect(there.writableEnded).toBe(true);
  });
});

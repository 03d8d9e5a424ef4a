import { describe, expect, it } from 'vitest';
import { readEvents, type ServerSentEvent } from './server-sent.ts';

/** A body that comes in pieces of so many bytes. */
const bodyOf = (text: string, size: number): ReadableStream<Uint8Array> => {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull: (out) => {
      if (at >= bytes.length) return out.close();
      out.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
};

const read = async (text: string, size = 1_000): Promise<ServerSentEvent[]> => {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(bodyOf(text, size))) events.push(event);
  return events;
};

const block = { type: 'message', data: '', id: undefined, retry: undefined };

describe('a body of server-sent events', () => {
  it.each([1, 2, 7, 1_000])('is the same in pieces of %i bytes, whatever letters they cut', async (size) => {
    const text = 'retry: 2000\n\nevent: events\nid: 7\ndata: {"name":"Zürich 🚚"}\n\nid: 9\n\n';
    expect(await read(text, size)).toEqual([
      { ...block, retry: 2_000 },
      { ...block, type: 'events', id: '7', data: '{"name":"Zürich 🚚"}' },
      { ...block, id: '9' },
    ]);
  });

  it('joins lines of data, takes one space off a value, and leaves comments out', async () => {
    expect(await read(': hello\ndata:a\ndata:  b\ndata\n\n')).toEqual([{ ...block, data: 'a\n b\n' }]);
  });

  it('does not tell of a block that was cut off', async () => {
    expect(await read('data: a\n\nid: 4\ndata: b\n')).toEqual([{ ...block, data: 'a' }]);
  });
});

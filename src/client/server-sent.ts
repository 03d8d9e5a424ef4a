/** A block of a stream; one without data is no message but may have an id. `retry` in milliseconds. */
export type ServerSentEvent = {
  readonly type: string;
  readonly data: string;
  readonly id: string | undefined;
  readonly retry: number | undefined;
};

type Field = readonly [name: string, value: string];

const fieldOf = (line: string): Field => {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
};

const blockOf = (lines: readonly string[]): ServerSentEvent => {
  const fields = lines.map(fieldOf);
  const last = (name: string): string | undefined => fields.findLast(([key]) => key === name)?.[1];
  const retry = last('retry');
  return {
    type: last('event') ?? 'message',
    data: fields
      .filter(([name]) => name === 'data')
      .map(([, value]) => value)
      .join('\n'),
    id: last('id'),
    retry: retry !== undefined && /^\d+$/.test(retry) ? Number(retry) : undefined,
  };
};

/** Streams can be iterated in some browsers only. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** The blocks of a body of server-sent events (WHATWG HTML, 9.2.6), whose lines end with a line feed. */
export async function* readEvents(body: ReadableStream<Uint8Array> | null): AsyncGenerator<ServerSentEvent> {
  if (body === null) return;
  const decoder = new TextDecoder();
  let pending = '';
  let lines: string[] = [];
  for await (const bytes of piecesOf(body)) {
    const parts = (pending + decoder.decode(bytes, { stream: true })).split('\n');
    pending = parts.pop() ?? '';
    for (const line of parts) {
      if (line !== '') lines.push(line);
      else if (lines.length > 0) {
        yield blockOf(lines);
        lines = [];
      }
    }
  }
}

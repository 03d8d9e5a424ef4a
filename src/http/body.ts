import type { IncomingMessage } from 'node:http';

/** Makes the error of a wire for a body that is not as it should be, from a sentence that says why. */
export type Complain = (detail: string) => Error;

export const CUT_SHORT = 'The upload was cut short; nothing of it was kept.';

/** A body as it comes. The request is left open when it is not read to its end, so that the answer reaches the client. */
export async function* bytesOf(raw: IncomingMessage, malformed: Complain): AsyncGenerator<Uint8Array> {
  try {
    yield* raw.iterator({ destroyOnReturn: false });
  } catch {
    throw malformed(CUT_SHORT);
  }
}

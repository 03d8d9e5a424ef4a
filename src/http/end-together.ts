import type { ServerResponse } from 'node:http';

/** Ends a response with a text, soon. */
export type EndSoon = (response: ServerResponse, text?: string, encoding?: BufferEncoding) => void;

/**
 * Ends responses one right after the other, once all that has come in is read: whoever gets many of them, such as a
 * proxy on this machine, is then woken once and not for each. On a virtual machine a wake costs more than an answer.
 */
export const endTogether = (): EndSoon => {
  let waiting: Parameters<EndSoon>[] = [];
  const endAll = (): void => {
    const all = waiting;
    waiting = [];
    for (const [response, text = '', encoding = 'utf8'] of all) response.end(text, encoding);
  };
  return (...ending) => {
    if (waiting.push(ending) === 1) setImmediate(endAll);
  };
};

/** The metrics of one worker. */
export type NumberedText = { readonly worker: number; readonly text: string };

/** What a worker tells the process that started it: where it listens; that it wants the texts of the others; its own. */
export type FromWorker =
  | { readonly is: 'listening'; readonly url: string }
  | { readonly is: 'asking'; readonly id: number }
  | { readonly is: 'text'; readonly id: string; readonly text: string };

/** What a worker is told: to give its text, and what the others have given. */
export type ToWorker =
  | { readonly is: 'asked'; readonly id: string }
  | { readonly is: 'texts'; readonly id: number; readonly texts: readonly NumberedText[] };

const isOf = (message: unknown, kinds: readonly string[]): boolean =>
  typeof message === 'object' &&
  message !== null &&
  'is' in message &&
  kinds.some((kind) => kind === message.is);

/** Other messages between the two are those of Node. */
export const isFromWorker = (message: unknown): message is FromWorker =>
  isOf(message, ['listening', 'asking', 'text']);

export const isToWorker = (message: unknown): message is ToWorker => isOf(message, ['asked', 'texts']);

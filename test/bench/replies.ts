const HEAD_END = Buffer.from('\r\n\r\n');

/** A whole reply: its status, and its bytes. */
export type OnReply = (status: number, bytes: Buffer) => void;

/**
 * Cuts what a server sends into replies, one at a time and each with a `Content-Length`: all the parsing that a
 * generator of load can afford.
 */
export const replyReader = (onReply: OnReply): ((chunk: Buffer) => void) => {
  let pending: Buffer | undefined;
  let size = 0;
  return (chunk) => {
    pending = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    if (size === 0) size = sizeOf(pending);
    if (size === 0 || pending.length < size) return;
    const bytes = pending;
    pending = undefined;
    size = 0;
    // "HTTP/1.1 200": the status stands at a fixed place.
    onReply(Number(bytes.toString('latin1', 9, 12)), bytes);
  };
};

/** Of head and body together; 0 while the head is not complete. */
const sizeOf = (bytes: Buffer): number => {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error('a reply came without Content-Length');
  return end + HEAD_END.length + Number(length);
};

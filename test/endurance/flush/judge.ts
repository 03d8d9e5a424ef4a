/** What the trace of a server shows: of each acknowledged write, whether it was durable by then. */
export type Verdict = {
  /** Acknowledgements with a mark. */
  readonly acknowledged: number;
  /** Marks that were acknowledged before they were durable, or never written at all. */
  readonly violations: readonly string[];
};

export type Judge = {
  /** Takes the next line of a trace, as `strace -f -y` writes it. */
  readonly take: (line: string) => void;
  readonly verdict: () => Verdict;
};

/** Marks are in the bytes that are written, and again in those of the answer. */
export const markOf = (number: number): string => `mark${String(number).padStart(8, '0')}`;
const MARK = /mark\d{8}/g;

/** `<pid> <call>(<fd><<file>>, <bytes> ...) = <result>`, in one line, or in two where another thread came in between. */
const CALL = /^(\d+)\s+(?:(\w+)\((\d+)<([^>]*)>|<\.\.\. (\w+) resumed>)/;

type Call = { readonly name: string; readonly file: string; readonly text: string; readonly isOver: boolean };

/** Puts the two halves of a call together: bytes that go out are told by the first, and what came of it by the second. */
const createReader = (): ((line: string) => Call | undefined) => {
  const begun = new Map<string, { readonly name: string; readonly file: string }>();
  return (line) => {
    const found = CALL.exec(line);
    if (found === null) return undefined;
    const [, thread = '', name, , file = ''] = found;
    if (name === undefined) {
      const first = begun.get(thread);
      begun.delete(thread);
      return first && { ...first, text: line, isOver: true };
    }
    const isOver = !line.endsWith('<unfinished ...>');
    if (!isOver) begun.set(thread, { name, file });
    return { name, file, text: line, isOver };
  };
};

const isAnswer = ({ name, text }: Call): boolean =>
  (name === 'write' || name === 'writev' || name === 'sendto' || name === 'sendmsg') &&
  text.includes('"HTTP/1.1 2');

const marksIn = (text: string): readonly string[] => text.match(MARK) ?? [];

/** How the marks of an engine become durable: adds to `durable` what this call makes so. */
type Rule = (call: Call, durable: Set<string>) => void;

/** What was written to the write-ahead log is durable once that was flushed. */
const sqliteRule = (): Rule => {
  const written = new Set<string>();
  return ({ name, file, text, isOver }, durable) => {
    if (!file.endsWith('-wal')) return;
    if (name === 'pwrite64') for (const mark of marksIn(text)) written.add(mark);
    if ((name !== 'fdatasync' && name !== 'fsync') || !isOver || !text.endsWith('= 0')) return;
    for (const mark of written) durable.add(mark);
    written.clear();
  };
};

/** What was sent over a connection is durable once PostgreSQL has said there that the transaction was committed. */
const postgresRule = (): Rule => {
  const sent = new Map<string, Set<string>>();
  return ({ name, file, text }, durable) => {
    if (name === 'read' && text.includes(String.raw`COMMIT\0`)) {
      for (const mark of sent.get(file) ?? []) durable.add(mark);
      sent.delete(file);
      return;
    }
    if (name === 'read' || text.includes('"HTTP/1.1 ')) return;
    const marks = marksIn(text);
    if (marks.length > 0) sent.set(file, new Set([...(sent.get(file) ?? []), ...marks]));
  };
};

/** Reads a trace of all threads of a server over one of the engines. */
export const createJudge = (engine: 'SQLite' | 'PostgreSQL'): Judge => {
  const read = createReader();
  const rule = engine === 'SQLite' ? sqliteRule() : postgresRule();
  const durable = new Set<string>();
  const violations: string[] = [];
  let acknowledged = 0;
  return {
    take: (line) => {
      const call = read(line);
      if (call === undefined) return;
      rule(call, durable);
      if (!isAnswer(call)) return;
      const marks = new Set(marksIn(call.text));
      acknowledged += marks.size;
      for (const mark of marks) if (!durable.has(mark)) violations.push(mark);
    },
    verdict: () => ({ acknowledged, violations }),
  };
};

import type { NumberedText } from './worker-messages.ts';

/** One metric in the Prometheus text format: what stands above it, and its lines. */
type Family = { readonly head: readonly string[]; readonly lines: readonly string[] };

/** By name, in the order in which they come. */
const familiesOf = (text: string): ReadonlyMap<string, Family> => {
  const found = new Map<string, { head: string[]; lines: string[] }>();
  let current: { head: string[]; lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
    if (name === undefined) {
      current?.lines.push(line);
      continue;
    }
    current = found.get(name) ?? { head: [], lines: [] };
    found.set(name, current);
    current.head.push(line);
  }
  return found;
};

/** The same line with one label more. */
const labelled = (line: string, worker: number): string =>
  line.replace(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /, (_, name: string, labels: string | undefined) => {
    const before = labels === undefined || labels === '' ? '' : `${labels},`;
    return `${name}{${before}worker="${worker}"} `;
  });

/**
 * The metrics of all workers as one text, each line with the number of its worker. Nothing is added up: whoever reads
 * them does that, and sees when one worker began anew. Those in `once` are of what all of them share, and are told by the first.
 */
export const joinMetrics = (texts: readonly NumberedText[], once: ReadonlySet<string>): string => {
  const told = texts.map(({ worker, text }) => ({ worker, families: familiesOf(text) }));
  const names = new Set(told.flatMap(({ families }) => [...families.keys()]));
  const lines = [...names].flatMap((name) => {
    const having = told.flatMap(({ worker, families }) => {
      const family = families.get(name);
      return family === undefined ? [] : [{ worker, ...family }];
    });
    const own = once.has(name)
      ? (having[0]?.lines ?? [])
      : having.flatMap(({ worker, lines }) => lines.map((line) => labelled(line, worker)));
    return [...(having[0]?.head ?? []), ...own];
  });
  return `${lines.join('\n')}\n`;
};

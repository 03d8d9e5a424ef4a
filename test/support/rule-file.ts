/** An alert as Prometheus reads it. */
export type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

const scalar = (text: string): string => {
  if (text.startsWith("'")) {
    if (!/^'(?:[^']|'')*'$/.test(text)) throw new Error(`a quote is not closed: ${text}`);
    return text.slice(1, -1).replaceAll("''", "'");
  }
  if (/^[-?:,[\]{}#&*!|>"%@`]|: | #/.test(text)) throw new Error(`this has to be quoted: ${text}`);
  return text;
};

const indentOf = (line: string): number => line.length - line.trimStart().length;

/**
 * The rules in a file of Prometheus, which has to be written as ours is: one group, block style, one line for each value.
 * Throws on anything else, so that what passes is YAML that means this.
 */
export const rulesIn = (text: string): readonly Rule[] => {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const head = lines.splice(0, 3);
  if (head.join('\n') !== 'groups:\n  - name: muster\n    rules:') throw new Error(`strange head: ${head}`);
  const rules: Record<string, string | Record<string, string>>[] = [];
  let nested: Record<string, string> | undefined;
  for (const line of lines) {
    const match = /^(?<dash> *- )?(?<space> *)(?<key>[a-z]+):(?: (?<value>\S.*))?$/.exec(line)?.groups;
    if (match === undefined) throw new Error(`strange line: ${line}`);
    const { dash, key = '', value } = match;
    const depth = dash === undefined ? indentOf(line) : dash.length;
    if (dash !== undefined) rules.push({});
    const rule = rules.at(-1);
    if (rule === undefined || (depth !== 8 && depth !== 10)) throw new Error(`strange place: ${line}`);
    const home: Record<string, unknown> | undefined = depth === 8 ? rule : nested;
    if (home === undefined || key in home) throw new Error(`strange or twice: ${line}`);
    nested = depth === 8 ? undefined : nested;
    if (value !== undefined) home[key] = scalar(value);
    else {
      nested = {};
      home[key] = nested;
    }
  }
  return rules as unknown as readonly Rule[];
};

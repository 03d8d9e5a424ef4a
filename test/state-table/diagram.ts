/** An arrow of a state diagram, before arrows with the same ends are drawn as one. */
export type Edge = { readonly from: string; readonly to: string; readonly label: string };

/** A name as mermaid takes it: it reads a hyphen as the beginning of an arrow. */
export const idOf = (name: string): string => name.replaceAll('-', '_');

/** `state "awaiting-approval" as awaiting_approval`, for names that mermaid could not take as they are. */
export const declarationsOf = (names: readonly string[]): string[] =>
  names.filter((name) => name !== idOf(name)).map((name) => `state "${name}" as ${idOf(name)}`);

const arrow = (from: string, to: string): string =>
  `${from === '[*]' ? from : idOf(from)} --> ${to === '[*]' ? to : idOf(to)}`;

/** One line for all edges with the same ends, in the order in which they first appear. */
export const arrowsOf = (edges: readonly Edge[]): string[] => {
  const labels = new Map<string, Set<string>>();
  for (const { from, to, label } of edges) {
    const ends = arrow(from, to);
    labels.set(ends, (labels.get(ends) ?? new Set()).add(label));
  }
  return [...labels].map(([ends, set]) => {
    const label = [...set].filter((text) => text !== '').join(', ');
    return label === '' ? ends : `${ends} : ${label}`;
  });
};

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** States drawn inside another. */
export const group = (name: string, lines: readonly string[]): string[] => [
  `state ${name} {`,
  ...indented(lines),
  '}',
];

/** The fenced block that goes into a document. */
export const diagramOf = (lines: readonly string[]): string =>
  ['```mermaid', 'stateDiagram-v2', ...indented(lines), '```'].join('\n');

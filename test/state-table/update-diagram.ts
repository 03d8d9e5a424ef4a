import { type Phase, type Position, phases, positions, steps } from '../../src/domain/position.ts';
import { arrowsOf, declarationsOf, diagramOf, type Edge, group } from './diagram.ts';
import { type CommandType, expectedOf, openTable, type Place, situations } from './update.ts';

type Journey = { readonly from: Position; readonly label: CommandType; readonly trail: readonly Place[] };

const commandTypes = Object.keys(situations) as CommandType[];

const journeysFrom = (from: Position): Journey[] =>
  commandTypes.flatMap((label) =>
    situations[label].flatMap((situation) => {
      const trail = expectedOf(from, label, situation);
      return typeof trail === 'string' ? [] : [{ from, label, trail }];
    }),
  );

/** Where an update can rest between two commands: the last places of journeys that begin at such a place. */
const resting = (): Set<Position> => {
  const found = new Set<Position>(['pending']);
  for (const from of found) {
    for (const { trail } of journeysFrom(from)) {
      const last = trail.at(-1)?.replace('back to ', '');
      const rest = positions.find((position) => position === last);
      if (rest !== undefined) found.add(rest);
    }
  }
  return found;
};

const reached = resting();
const rests = positions.filter((position) => reached.has(position));

/** A report far ahead comes through every place between, so the arrows of nearer reports show its way. */
const isNearest = ({ label, trail }: Journey): boolean =>
  label !== 'report' || trail.length === 1 || trail[1] === 'closed: succeeded';

const isEverywhere = (label: CommandType): boolean =>
  rests.every((from) =>
    journeysFrom(from).some((journey) => journey.label === label && journey.trail[0]?.startsWith('closed')),
  );

const phaseIn = (place: string): Phase | undefined => phases.find((phase) => place.includes(`${phase}-`));

/** A place with the phase left out; the label says when an arrow leads to another phase. */
const nodeOf = (place: string): string => {
  if (place.startsWith('closed')) return 'closed';
  const at = place.replace('back to ', '');
  const phase = phaseIn(at);
  return phase === undefined ? at : at.replace(`${phase}-`, '');
};

const wordOf = (from: string, to: Place, label: CommandType): string => {
  if (to.startsWith('back to')) return phaseIn(to) === undefined ? 'retry' : 'retry (phase before)';
  if (label === 'recall') return 'recall';
  if (label === 'answer-recall') return 'stopped on recall';
  if (to.startsWith('closed: ') && label === 'report') return 'succeeded, after the last phase';
  if (to.startsWith('closed: ')) return to.replace('closed: ', '');
  const [before, after] = [phaseIn(from), phaseIn(to)];
  return before === undefined || after === undefined || before === after ? label : `${label} (next phase)`;
};

const edgesOf = ({ from, label, trail }: Journey): Edge[] =>
  trail.map((to, index) => {
    const before = trail[index - 1] ?? from;
    return { from: nodeOf(before), to: nodeOf(to), label: wordOf(before, to, label) };
  });

const edges = rests
  .flatMap(journeysFrom)
  .filter((journey) => isNearest(journey) && !isEverywhere(journey.label))
  .flatMap(edgesOf);

const insidePhase = (node: string): boolean => steps.some((step) => step === node);
const inGroup = ({ from, to }: Edge): boolean => insidePhase(from) && insidePhase(to);

const closings = commandTypes
  .filter(isEverywhere)
  .map((label): Edge => ({ from: 'open', to: 'closed', label }));

/**
 * The update's table as a picture. The three phases look alike and are drawn as one; refusals, repeats,
 * commands that move nothing and places where no update rests on its own are left out.
 */
export const updateDiagram = (): string => {
  const outside = edges.filter((edge) => !inGroup(edge));
  const closed = outside.filter(({ to }) => to === 'closed');
  const nodes = Object.keys(openTable).map(nodeOf);
  return diagramOf([
    ...group('open', [
      ...declarationsOf(nodes.filter((node, index) => !insidePhase(node) && nodes.indexOf(node) === index)),
      '[*] --> pending',
      `phase : ${phases.join(', then ')}`,
      ...group('phase', [...declarationsOf(steps), ...arrowsOf(edges.filter(inGroup))]),
      ...arrowsOf(outside.filter(({ to }) => to !== 'closed')),
    ]),
    ...arrowsOf([...closed, ...closings]),
    'closed --> [*]',
  ]);
};

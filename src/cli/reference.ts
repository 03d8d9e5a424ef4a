import type { Argument, Command, Option } from 'commander';
import { exitCodes } from './exit-codes.ts';

const cell = (text: string): string => text.replace(/\|/g, '\\|');

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`;
  return line(headings) + line(headings.map(() => '---')) + rows.map(line).join('');
};

const defaultOf = ({ defaultValue }: Option): string =>
  defaultValue === undefined ? '' : ` (${String(defaultValue)} unless given)`;

const optionRow = (option: Option): readonly string[] => [
  `\`${option.flags}\``,
  `${option.description}${option.mandatory ? ' (required)' : defaultOf(option)}`.trim(),
];

const optionTable = (options: readonly Option[]): string =>
  options.length === 0 ? '' : `\n${table(['option', 'meaning'], options.map(optionRow))}`;

const argumentText = (argument: Argument): string => {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
};

const argumentLines = (command: Command): string => {
  const described = command.registeredArguments.filter(({ description }) => description !== '');
  if (described.length === 0) return '';
  return `\n${described.map((one) => `- \`${argumentText(one)}\`: ${one.description}\n`).join('')}`;
};

/** `help` comes with every noun and is told once. */
const isShown = (command: Command): boolean => command.name() !== 'help';

const sections = (command: Command, path: string): readonly string[] =>
  command.commands.filter(isShown).flatMap((one) => {
    const name = `${path} ${one.name()}`;
    if (one.commands.length > 0) return [`### ${name}\n\n${one.description()}\n`, ...sections(one, name)];
    const usage = [name, ...one.registeredArguments.map(argumentText)].join(' ');
    return [`#### \`${usage}\`\n\n${one.description()}\n${argumentLines(one)}${optionTable(one.options)}`];
  });

/** Every command with its options, as docs/cli.md has it. */
export const commandReference = (program: Command): string =>
  [
    `Every command takes these, before or after its own:\n${optionTable(program.options)}`,
    ...sections(program, program.name()),
  ].join('\n');

/** The exit codes, as docs/cli.md has them. */
export const exitCodeReference = (): string =>
  table(
    ['code', 'name', 'meaning'],
    Object.entries(exitCodes).map(([name, { code, meaning }]) => [String(code), name, meaning]),
  );

/** A text with another part between the marks of a name. Throws where the marks are not there. */
export const withPart = (text: string, name: string, part: string): string => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`no marks of ${name}`);
  return `${text.slice(0, from + begin.length)}\n\n${part.trimEnd()}\n\n${text.slice(to)}`;
};

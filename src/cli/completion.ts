import type { Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

type Word = { readonly word: string; readonly says: string };
/** What can come after some commands. */
type Place = {
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
};

const wordsOf = (option: Option): readonly Word[] =>
  [option.short, option.long].flatMap((word) => (word ? [{ word, says: option.description }] : []));

const optionsOf = (command: Command): readonly Word[] => [
  ...command.options.filter(({ hidden }) => !hidden).flatMap(wordsOf),
  { word: '--help', says: 'show help' },
];

const commandsOf = (command: Command): readonly Word[] =>
  command.commands.map((one) => ({ word: one.name(), says: one.summary() || one.description() }));

/** Every place of the command tree, the root first. */
const places = (command: Command, path: readonly string[] = []): readonly Place[] => [
  { path, commands: commandsOf(command), options: optionsOf(command) },
  ...command.commands.flatMap((one) => places(one, [...path, one.name()])),
];

const globals = (program: Command): string =>
  program.options
    .flatMap(wordsOf)
    .map(({ word }) => word)
    .join(' ');

/** The script for a shell. It holds the whole tree, so that completing starts no process. */
export const scriptOf = (shell: Shell, program: Command): string => writers[shell](program);

const bash = (program: Command): string => {
  const cases = places(program).map(
    ({ path, commands, options }) =>
      `    '${path.join(' ')}') words='${[...commands, ...options].map(({ word }) => word).join(' ')}' ;;`,
  );
  const nouns = places(program)
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `'${path.join(' ')}'`)
    .join('|');
  return `_muster() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word words='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${path:+$path }\${COMP_WORDS[index]}"
    case "$word" in
    ${nouns}) path="$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  words="$words ${globals(program)}"
  COMPREPLY=()
  case "$current" in
  @*) COMPREPLY=($(compgen -P @ -f -- "\${current#@}")) ;;
  *)
    if [[ "$current" == -* || " $words " == *" $current"* ]]; then
      COMPREPLY=($(compgen -W "$words" -- "$current"))
    fi
    [[ \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
    ;;
  esac
}
complete -o filenames -F _muster muster
`;
};

const quoted = (text: string): string => text.replace(/'/g, "'\\''");
const described = ({ word, says }: Word): string => `'${quoted(word.replace(/:/g, '\\:'))}:${quoted(says)}'`;

const zsh = (program: Command): string => {
  const cases = places(program).map(
    ({ path, commands, options }) =>
      `    '${path.join(' ')}') offered=(${[...commands, ...options].map(described).join(' ')}) ;;`,
  );
  const known = places(program)
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `'${path.join(' ')}'`)
    .join('|');
  return `#compdef muster
_muster() {
  local spot='' word
  local -a offered everywhere
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${spot:+$spot }$word" in
    ${known}) spot="\${spot:+$spot }$word" ;;
    esac
  done
  case "$spot" in
${cases.join('\n')}
  esac
  everywhere=(${program.options.flatMap(wordsOf).map(described).join(' ')})
  _describe 'muster' offered
  _describe 'everywhere' everywhere
  _files
}
if [ "$funcstack[1]" = '_muster' ]; then _muster "$@"; else compdef _muster muster; fi
`;
};

const fishWord = ({ word }: Word): string =>
  word.startsWith('--') ? `-l ${word.slice(2)}` : word.startsWith('-') ? `-s ${word.slice(1)}` : `-a ${word}`;

const fish = (program: Command): string => {
  const lines = places(program).flatMap(({ path, commands, options }) =>
    [...commands, ...options].map(
      (word) =>
        `complete -c muster -n '__muster_at "${path.join(' ')}"' ${word.word.startsWith('-') ? '' : '-f '}${fishWord(word)} -d '${quoted(word.says)}'`,
    ),
  );
  const known = places(program)
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `'${path.join(' ')}'`)
    .join(' ');
  return `function __muster_at
  set -l spot
  for word in (commandline -opc)[2..]
    set -l next (string join ' ' $spot $word)
    if contains -- $next ${known}
      set spot $next
    end
  end
  test "$spot" = "$argv[1]"
end
${lines.join('\n')}
`;
};

const writers: Readonly<Record<Shell, (program: Command) => string>> = { bash, zsh, fish };

import { choice } from '../choice.ts';
import { type Shell, scriptOf, shells } from '../completion.ts';
import type { Register } from '../program.ts';

const hints: Readonly<Record<Shell, string>> = {
  bash: 'source <(muster completion bash)',
  zsh: 'source <(muster completion zsh)',
  fish: 'muster completion fish | source',
};

/** `completion`: a script that tells a shell what can be typed. */
export const registerCompletion: Register = (program, io) => {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .argument('<shell>', shells.join(', '), choice(shells))
    .addHelpText('after', `\n${shells.map((shell) => `  ${hints[shell]}`).join('\n')}`)
    .action((shell: Shell) => io.out(scriptOf(shell, program)));
};

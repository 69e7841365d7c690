// The options of `sluice config`.
import { CommandOptions } from './command-options.ts';
import { option } from './option.ts';

/** Those of `sluice serve`, and how they are shown. */
export class ConfigOptions extends CommandOptions {
  /** How the options are shown. */
  @option({
    help: 'how the options are shown',
    choices: ['text', 'json'],
    placeholder: 'FORMAT',
    only: 'command',
  })
  format: 'text' | 'json' = 'text';
}

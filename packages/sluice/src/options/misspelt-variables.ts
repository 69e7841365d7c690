// Variables of the environment that look like options and are none.
import { nearest } from '../suggest.ts';
import { type OptionClass, optionsOf } from './option.ts';

const PREFIX = 'SLUICE_';

/** What is ours, and no option. */
const OTHERS = ['SLUICE_SETTINGS_MODULE', 'SLUICE_WORKER_TASK', 'SLUICE_DAEMON'];

/**
 * One line for each variable whose name is nearly that of an option. Others are left alone: a container
 * gets variables of whatever stands beside it (`SLUICE_PORT`).
 */
export function misspeltVariables(
  optionClass: OptionClass,
  env: NodeJS.ProcessEnv,
): readonly string[] {
  const known = optionsOf(optionClass)
    .flatMap(({ variables }) => variables)
    .filter((variable) => variable.startsWith(PREFIX));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && ![...known, ...OTHERS].includes(name))
    .flatMap((name) => {
      const words = known.map((variable) => variable.slice(PREFIX.length));
      const near = nearest(name.slice(PREFIX.length), words);
      const hint = near.replace('did you mean ', `did you mean ${PREFIX}`);
      return near === '' ? [] : [`environment variable ${name} means nothing here${hint}`];
    });
}

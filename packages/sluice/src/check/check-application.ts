// Imports an application as a worker would, in a process of its own.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ApplicationKind } from '@sluice/adapters/kinds';

const PATIENCE = 60_000; // milliseconds: an import that takes longer would not let any worker start

/** What is wrong with an application. */
export interface ApplicationMistake {
  readonly message: string;
  /** The application fails, which may pass; nobody has written anything wrong. */
  readonly isItsOwn: boolean;
}

/**
 * What is wrong with an application.
 *
 * @param name - as for `loadApplication()`
 * @param as - what its module exports, where that would be guessed wrong
 * @returns nothing when it loads
 */
export async function checkApplication(
  name: string,
  as: ApplicationKind | undefined,
): Promise<readonly ApplicationMistake[]> {
  const program = fileURLToPath(new URL('./import-application.js', import.meta.url));
  const child = fork(program, as === undefined ? [name] : [name, as], {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  try {
    return await new Promise((settle, fail) => {
      child.once('message', (messages) => settle(messages as ApplicationMistake[]));
      child.once('error', fail);
      child.once('exit', (code, signal) => {
        const how =
          signal === 'SIGKILL'
            ? `takes longer than ${PATIENCE / 1000} seconds`
            : `ends the process (${signal ?? `status ${code}`})`;
        settle([{ message: `${name}: importing it ${how}`, isItsOwn: true }]);
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

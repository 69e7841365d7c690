// Asking what may hang: it is ended, and the test fails with what it has logged.
import { call, testEnviron } from '@sluice/gateway/testing';
import type { Application } from 'sluice';
import { type Ask, CLIENT } from './cases.ts';

/** Milliseconds for an answer. */
export const PATIENCE = 15_000;

/**
 * Asks an application.
 *
 * @param backEnd - the way to it
 * @param end - ends it, and gives what it has logged
 * @param patience - milliseconds
 */
export function patientAsk(
  backEnd: Application,
  end: () => Promise<string> = async () => '',
  patience = PATIENCE,
): Ask {
  return async (variables, body = null) => {
    const left = new AbortController();
    const environ = testEnviron(
      {
        REMOTE_ADDR: CLIENT,
        SERVER_PROTOCOL: 'HTTP/1.1',
        ...variables,
        'sluice.signal': left.signal,
      },
      body,
    );
    const answer = call(backEnd, environ);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, patience, 'late');
    });
    const first = await Promise.race([answer, late]).finally(() => clearTimeout(timer));
    if (first !== 'late') return first;
    answer.catch(() => {}); // of no interest any more
    left.abort();
    const log = [await end(), ...(environ['sluice.testing.errors' as never] as string[])];
    throw new Error(
      `no answer to ${variables.REQUEST_URI} within ${patience} ms; what was asked has been ended. Its log:\n${log.join('\n')}`,
    );
  };
}

// How the failure of a request is told to the operator.
import type { SluiceError } from '@sluice/protocol';
import { statusHintOf } from './error-page.ts';
import type { Exchange } from './exchange.ts';
import { type Log, printable } from './log.ts';

/**
 * A fault of the client or of another server is one line; one of the application is a stack, which the
 * web server is told too: its error log is where people look first.
 */
export function logFailure(log: Log, error: unknown, exchange: Pick<Exchange, 'report'>): void {
  if (statusHintOf(error) !== undefined) {
    const { code, message } = error as SluiceError;
    log('warn', printable(`${code}: ${message}`));
  } else {
    // Lines after the first are indented: none can pass for a log line of its own.
    const text = describe(error).split('\n').map(printable).join('\n    ');
    log('error', text);
    exchange.report?.(`${text}\n`);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const text = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text}\ncaused by ${describe(error.cause)}`;
}

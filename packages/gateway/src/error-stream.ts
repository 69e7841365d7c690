// wsgi.errors: text for the operator (PEP 3333, "Input and Error Streams").
import type { Exchange } from './exchange.ts';
import { type Log, printable } from './log.ts';

/**
 * The error stream of a request: each line written becomes a line of the log, control characters
 * escaped, and goes to the web server too where the protocol has a way for errors.
 */
export class ErrorStream {
  readonly #log: Log;
  readonly #exchange: Pick<Exchange, 'report'> | undefined;
  #line = '';

  /** @param log - takes each complete line
   * @param exchange - the way to the web server */
  constructor(log: Log, exchange?: Pick<Exchange, 'report'>) {
    this.#log = log;
    this.#exchange = exchange;
  }

  /** Writes text; a line is logged when it is complete, or at `flush()`. */
  write(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      const shown = printable(line);
      this.#log('error', shown);
      this.#exchange?.report?.(`${shown}\n`);
    }
  }

  /** Writes each text of a list. */
  writelines(texts: Iterable<string>): void {
    for (const text of texts) this.write(text);
  }

  /** Logs a line that is not complete yet. */
  flush(): void {
    if (this.#line !== '') this.write('\n');
  }
}

// wsgi.errors: text for the operator (PEP 3333, "Input and Error Streams").
import { type Log, printable } from './log.ts';

/** The error stream of a request: each line written becomes a line of the log, control characters escaped. */
export class ErrorStream {
  readonly #log: Log;
  #line = '';

  /** @param log - takes each complete line */
  constructor(log: Log) {
    this.#log = log;
  }

  /** Writes text; a line is logged when it is complete, or at `flush()`. */
  write(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#log('error', printable(line));
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

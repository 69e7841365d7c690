// The access log: one line for each request.
import type { Environ, ObservedExchange, RequestEnd, RequestObserver } from '@sluice/gateway';
import { AccessEntry } from './access-entry.ts';
import { compileFormat, type LineWriter } from './access-format.ts';
import { Stamps } from './time-format.ts';

/** Takes the lines of a log, such as a {@link LogFile}. */
export interface LineSink {
  /** Takes one line, without its line feed; never throws. */
  write(line: string): void;
}

/** Writes one line for each request that has ended, whatever the request holds. */
export class AccessLog implements RequestObserver {
  readonly #line: LineWriter;
  readonly #sink: LineSink;
  readonly #stamps = new Stamps();

  /**
   * @param format - `combined`, `common`, `json`, or text with directives as Apache has them
   * @param sink - takes the lines
   * @throws OptionError `ERR_LOG_FORMAT` when the format is not understood
   *
   * @example
   * ```ts
   * const log = new AccessLog('%h "%r" %s %D', new LogFile('/var/log/sluice/access.log'));
   * ```
   */
  constructor(format: string, sink: LineSink) {
    this.#line = compileFormat(format);
    this.#sink = sink;
  }

  /** A request has come; its line is written when it has ended. */
  begin(environ: Environ, request: Pick<ObservedExchange, 'protocol'>): RequestEnd {
    const time = Date.now();
    const entry = new AccessEntry(environ, request.protocol, time, this.#stamps.at(time));
    return new Line(entry, this.#line, this.#sink);
  }
}

/** The line of one request, to be. */
class Line implements RequestEnd {
  readonly #entry: AccessEntry;
  readonly #line: LineWriter;
  readonly #sink: LineSink;

  constructor(entry: AccessEntry, line: LineWriter, sink: LineSink) {
    this.#entry = entry;
    this.#line = line;
    this.#sink = sink;
  }

  end(status: number, bytes: number, isCut: boolean): void {
    this.#entry.complete(status, bytes, isCut);
    this.#sink.write(this.#line(this.#entry));
  }
}

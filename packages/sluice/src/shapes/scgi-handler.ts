// The handler of the scgi package: a class with a method that answers requests as a CGI program does.
import type { Readable, Writable } from 'node:stream';
import { inspect } from 'node:util';

/** What a CGI program has, which belongs to one request here. */
export interface CgiStreams {
  /** The request body. */
  readonly stdin: Readable;
  /** Takes the page: a header block, an empty line, and the body. */
  readonly stdout: Writable;
  /** The environment of this process, with the variables of the request. */
  readonly environ: Readonly<Record<string, string | undefined>>;
}

/**
 * Answers requests: extend it, and override {@link SCGIHandler.produce} or
 * {@link SCGIHandler.produceCgilike}. As it is, it shows the variables of the request.
 *
 * A worker makes one of it, which gets all of its requests, several at once where the method waits.
 */
export class SCGIHandler {
  /**
   * Answers a request. Calls {@link SCGIHandler.produceCgilike} unless it is overridden.
   *
   * @param env - the variables of the request
   * @param bodysize - bytes of request body, as CONTENT_LENGTH says; 0 where there is none
   * @param input - the request body; ends behind it
   * @param output - takes a header block, an empty line, and the page; ends when the method returns or its promise settles
   */
  async produce(
    env: Readonly<Record<string, string>>,
    bodysize: number,
    input: Readable,
    output: Writable,
  ): Promise<void> {
    const streams = {
      stdin: input,
      stdout: output,
      get environ() {
        return { ...process.env, ...env };
      },
    };
    await this.produceCgilike(env, bodysize, streams);
  }

  /**
   * Answers a request in the manner of a CGI program. Shows all variables unless it is overridden.
   *
   * @param env - the variables of the request
   * @param _bodysize - bytes of request body; 0 where there is none
   * @param streams - what the process has in a CGI program
   */
  async produceCgilike(
    env: Readonly<Record<string, string>>,
    _bodysize: number,
    streams: CgiStreams,
  ): Promise<void> {
    const lines = Object.entries(env).map(([name, value]) => `${name}: ${inspect(value)}\n`);
    streams.stdout.write(`Content-Type: text/plain; charset=utf-8\r\n\r\n${lines.join('')}`);
  }
}

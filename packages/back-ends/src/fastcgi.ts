// FastCGI: an environ to records, STDOUT's CGI answer back (FastCGI 1.0, section 6.2).
import { printable } from '@sluice/gateway';
import { fromLatin1, ProtocolError } from '@sluice/protocol';
import { CgiResponseReader } from 'cgi-protocol';
import { FastcgiClientCodec, type FastcgiClientEvent, ProtocolStatus } from 'fastcgi-protocol';
import type { BackEnd, BackEndOptions } from './back-end.ts';
import type { Answer, ClientChannel, ClientProtocol, ClientRequest } from './client-channel.ts';
import { pingServer, streamBackEnd } from './connection.ts';
import { diagnoseFastcgi } from './diagnose-fastcgi.ts';
import { wireVariables } from './environ-variables.ts';
import { type PlaceScript, placeScript } from './fastcgi-script.ts';
import { traceFastcgi } from './trace-fastcgi.ts';

/** The FastCGI back-end. */
export const fastcgi: BackEnd = {
  name: 'fastcgi',
  options: {
    root: 'document root of the server’s scripts (php-fpm): SCRIPT_FILENAME is made of it and of the path',
    index: 'the script of paths that name none, index.php by default; with root',
    script: 'the one script that answers everything: SCRIPT_FILENAME',
  },
  open: (target, options = {}) => streamBackEnd(protocolFor(options), target, options),
  ping: (target, options = {}) => pingServer(protocolFor(options), target, options),
  trace: traceFastcgi,
  diagnosis: diagnoseFastcgi,
};

/** Connections are not kept unless one asks: php-fpm gives a whole process to each, whether it works or waits. */
const KEEP = 0;

function protocolFor({ settings = {}, keep = KEEP }: Partial<BackEndOptions>): ClientProtocol {
  const script = placeScript(settings);
  return {
    name: 'fastcgi',
    asksForBody: false,
    keep: KEEP,
    open: () => new FastcgiChannel(script, keep > 0),
  };
}

/** What GET_VALUES asks for (section 4.1). */
const NAMES = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'];

class FastcgiChannel implements ClientChannel {
  readonly #codec = new FastcgiClientCodec();
  readonly #script: PlaceScript;
  readonly #keep: boolean;
  #reader = new CgiResponseReader();
  #line = false; // STDERR has begun a line and not ended it

  constructor(script: PlaceScript, keep: boolean) {
    this.#script = script;
    this.#keep = keep;
  }

  get reusable(): boolean {
    return this.#keep && this.#codec.error === undefined;
  }

  request({ environ, contentLength = 0 }: ClientRequest): { bytes: Uint8Array } {
    this.#reader = new CgiResponseReader({ head: environ.REQUEST_METHOD === 'HEAD' });
    const variables = wireVariables(this.#script(environ));
    // A body whose length nobody announced was measured on the way.
    if (environ.CONTENT_LENGTH === undefined && contentLength > 0)
      variables.push('CONTENT_LENGTH', String(contentLength));
    return { bytes: this.#codec.encode({ type: 'request', keep: this.#keep, variables }) };
  }

  body(chunk: Uint8Array): Uint8Array {
    return this.#codec.encode({ type: 'body', chunk });
  }

  bodyEnd(): Uint8Array {
    return this.#codec.encode({ type: 'body-end' });
  }

  ping(): Uint8Array {
    return this.#codec.encode({ type: 'get-values', names: NAMES });
  }

  receive(chunk: Uint8Array): Answer[] {
    return this.#answersTo(this.#codec.feed(chunk));
  }

  finish(): Answer[] {
    return this.#answersTo(this.#codec.finish());
  }

  /** A failure comes last: STDERR before it may say why. */
  #answersTo(events: FastcgiClientEvent[]): Answer[] {
    const answers: Answer[] = [];
    try {
      for (const event of events) answers.push(...this.#answers(event));
    } catch (error) {
      if (answers.length === 0) throw error;
      answers.push(...this.#lineEnd(), { type: 'failed', error: error as Error });
    }
    return answers;
  }

  #answers(event: FastcgiClientEvent): Answer[] {
    switch (event.type) {
      case 'stdout':
        return this.#reader.feed(event.chunk).filter(({ type }) => type !== 'end');
      case 'stderr':
        // fcgiwrap ends lines as HTTP does.
        return [this.#errors(fromLatin1(event.chunk).replaceAll('\r\n', '\n'))];
      case 'end':
        return [...this.#lineEnd(), ...this.#end(event.protocolStatus)];
      case 'values': {
        const pairs = event.values.map((text, at) => (at % 2 ? `=${text} ` : text)).join('');
        return [{ type: 'pong', text: printable(pairs.trim()) || 'no values' }];
      }
      case 'unknown-type':
        return [{ type: 'pong', text: `UNKNOWN_TYPE for a record of type ${event.recordType}` }];
    }
  }

  #errors(text: string): Answer {
    this.#line = !text.endsWith('\n');
    return { type: 'errors', text };
  }

  /** php-fpm ends no line of STDERR, but for those within a message. */
  #lineEnd(): Answer[] {
    return this.#line ? [this.#errors('\n')] : [];
  }

  /** END_REQUEST, and not the end of STDOUT, ends the answer: php-fpm leaves the latter out. */
  #end(status: number): Answer[] {
    if (status !== ProtocolStatus.REQUEST_COMPLETE) {
      const isBusy =
        status === ProtocolStatus.OVERLOADED || status === ProtocolStatus.CANT_MPX_CONN;
      throw new ProtocolError(
        'ERR_BACK_END_RESPONSE',
        `the FastCGI server refused the request with protocolStatus ${status}`,
        { statusHint: isBusy ? 503 : 502 },
      );
    }
    const rest = this.#reader.finish();
    return rest.length > 0 ? rest : [{ type: 'end' }];
  }
}

// A connection that an application has taken over from HTTP (RFC 9110, section 7.8).
import { Duplex } from 'node:stream';
import type { ResponseHeaders, Upgrade } from './application.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { RequestBody } from './request-body.ts';
import type { Response } from './response.ts';
import { checkHead } from './start-response.ts';

/** What `sluice.upgrade` of a request is; `offered` is the client's Upgrade field. */
export function upgrader(offered: string, exchange: Exchange, response: Response): Upgrade {
  return (headers = []) => {
    const chosen = headers.find(([name]) => name.toLowerCase() === 'upgrade');
    const others = headers.filter((header) => header !== chosen);
    const first = (offered.split(',')[0] as string).trim();
    const checked = checkHead('200 OK', [['X-Upgrade', chosen?.[1] ?? first], ...others]);
    response.handOver();
    const own: ResponseHeaders = [
      ['Upgrade', (checked.headers.shift() as [string, string])[1]],
      ['Connection', 'Upgrade'],
    ];
    const input = (exchange.upgrade as () => RequestBody)();
    const head = { status: '101 Switching Protocols', headers: [...own, ...checked.headers] };
    exchange.send({ head, chunk: undefined, last: false });
    const connection = new Upgraded(exchange, input);
    exchange.listener = connection;
    return connection;
  };
}

/** The connection: read what the client sends, write what it shall get. */
class Upgraded extends Duplex implements ExchangeListener {
  readonly #exchange: Exchange;
  readonly #input: RequestBody;

  constructor(exchange: Exchange, input: RequestBody) {
    super();
    this.#exchange = exchange;
    this.#input = input;
  }

  override async _read(): Promise<void> {
    try {
      this.push((await this.#input.next()) ?? null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.#exchange.send({ head: undefined, chunk, last: false })) done();
    else this.#exchange.drained().then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#exchange.send({ head: undefined, chunk: undefined, last: true });
    this.#input.end(); // the front-end reads for nobody any more
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.writableFinished) this.#exchange.abort();
    done(error);
  }

  /** The client went away. */
  leave(reason: Error): void {
    this.#input.fail(reason);
    this.destroy(this.listenerCount('error') > 0 ? reason : undefined);
  }

  /** Reading comes to its end by itself. */
  halfClose(): void {}
}

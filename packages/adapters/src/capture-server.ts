// Applications that listen by themselves: their server is caught instead of listening.
import { Server } from 'node:http';
import { isIPv4 } from 'node:net';
import { OptionError } from '@sluice/protocol';
import type { NodeServer } from './node-source.ts';

const DEFAULT_WAIT = 10; // seconds
const LINGER = 1000; // milliseconds: Fastify binds a second address of localhost a little later

/** How {@link captureServer} waits. */
export interface CaptureOptions {
  /** Seconds that the server may come after the module is loaded; 10 by default. */
  readonly wait?: number | undefined;
}

/** What `server.address()` says: a path, or address and port. */
type Place = string | { address: string; family: string; port: number };

/** The trap that is set, if any: there is one `listen` to replace. */
let current: Trap | undefined;

/**
 * Loads an application that calls `listen()` itself, and gives its `http.Server` or `https.Server`, which
 * does not listen, but believes it does. Only the first server that listens while the module is loaded is
 * caught, and others at the same port; one at another port listens as it says.
 *
 * @param load - loads the module: `() => import('./app.js')`
 * @param options - see {@link CaptureOptions}
 * @throws OptionError `ERR_ADAPTER_NO_SERVER` when no server listens; whatever `load` rejects with
 */
export async function captureServer(
  load: () => unknown,
  { wait = DEFAULT_WAIT }: CaptureOptions = {},
): Promise<NodeServer> {
  const { Server: SecureServer } = await import('node:https');
  current?.remove();
  const trap = new Trap([Server.prototype, SecureServer.prototype]);
  current = trap;
  try {
    // Evaluation may never come to its end: a module may await what it serves.
    const loaded = Promise.resolve(load());
    await Promise.race([loaded, trap.caught]);
    const server = await within(wait, trap.caught);
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, LINGER).unref())]);
    setTimeout(() => trap.remove(), LINGER).unref();
    return server;
  } catch (error) {
    trap.remove();
    throw error;
  }
}

async function within(seconds: number, caught: Promise<NodeServer>): Promise<NodeServer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `the module was loaded, and ${seconds} seconds later no http.Server or https.Server listens: export the application, or let it call listen()`;
      reject(new OptionError('ERR_ADAPTER_NO_SERVER', message));
    }, seconds * 1000);
  });
  return await Promise.race([caught, late]).finally(() => clearTimeout(timer));
}

/** Takes the place of `listen()` of all servers of node:http and node:https. */
class Trap {
  /** The first server that was to listen. */
  readonly caught: Promise<NodeServer>;
  #port: unknown;
  #isSprung = false;
  #resolve!: (server: NodeServer) => void;
  readonly #removals: (() => void)[];

  /** @param prototypes - of the servers whose `listen()` is replaced */
  constructor(prototypes: readonly NodeServer[]) {
    this.caught = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#removals = prototypes.map((prototype) =>
      replaceListen(prototype, (server, given) => this.#catch(server, given)),
    );
  }

  /** Lets servers listen again. */
  remove(): void {
    for (const remove of this.#removals) remove();
    this.#removals.length = 0;
  }

  /** Whether the server is to go without listening. */
  #catch(server: NodeServer, given: readonly unknown[]): boolean {
    const place = placeOf(given);
    const port = typeof place === 'string' ? place : place.port;
    if (this.#isSprung && port !== this.#port) return false;
    pretend(server, place, given);
    if (this.#isSprung) return true;
    this.#isSprung = true;
    this.#port = port;
    this.#resolve(server);
    return true;
  }
}

function replaceListen(
  prototype: NodeServer,
  isCaught: (server: NodeServer, given: readonly unknown[]) => boolean,
): () => void {
  const before = Object.getOwnPropertyDescriptor(prototype, 'listen');
  const { listen } = prototype;
  Object.defineProperty(prototype, 'listen', {
    configurable: true,
    writable: true,
    value: function (this: NodeServer, ...given: unknown[]) {
      return isCaught(this, given) ? this : Reflect.apply(listen, this, given);
    },
  });
  return () => {
    if (before) Object.defineProperty(prototype, 'listen', before);
    else Reflect.deleteProperty(prototype, 'listen');
  };
}

/** Where `listen()` was told to listen, in whichever of its ways. */
function placeOf([first, second]: readonly unknown[]): Place {
  const options: { path?: string; port?: unknown; host?: unknown } =
    typeof first === 'object' && first !== null
      ? first
      : typeof first === 'string' && !/^\d+$/.test(first)
        ? { path: first }
        : { port: first, host: second };
  if (options.path !== undefined) return options.path;
  const address = typeof options.host === 'string' ? options.host : '::';
  const family = address === 'localhost' || isIPv4(address) ? 'IPv4' : 'IPv6';
  const port = typeof options.port === 'function' ? 0 : Number(options.port ?? 0);
  return { address: address === 'localhost' ? '127.0.0.1' : address, family, port };
}

/** Lets a server believe that it listens. */
function pretend(server: NodeServer, place: Place, given: readonly unknown[]): void {
  const callback = given.find((value) => typeof value === 'function');
  if (callback) server.once('listening', callback as () => void);
  const own = (name: string, value: unknown) =>
    Object.defineProperty(server, name, { value, configurable: true, writable: true });
  own('listening', true);
  own('address', () => place);
  own('listen', () => server);
  own('getConnections', (done: (error: null, count: number) => void) => done(null, 0));
  own('close', (done?: () => void) => {
    own('listening', false);
    if (done) server.once('close', done);
    process.nextTick(() => server.emit('close'));
    return server;
  });
  process.nextTick(() => server.emit('listening'));
}

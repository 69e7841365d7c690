// Takes the place of listen(): a server of node:http or node:https is caught instead of listening.
import type { Server } from 'node:net';
import { isServer } from './export-shapes.ts';
import type { NodeServer } from './node-source.ts';

const LINGER = 1000; // milliseconds: Fastify binds a second address of localhost a little later

/** What `server.address()` says: a path, or address and port. */
type Place = string | { address: string; family: string; port: number };

/** The trap that is set, if any: there is one `listen` to replace. */
let current: ListenTrap | undefined;

/**
 * Catches the first `http.Server` or `https.Server` that is told to listen, and others at the same port. It
 * does not listen, but believes that it does. One at another port listens as it says, and so does one that
 * is given a descriptor or a handle: whoever has that knows of the socket.
 */
export class ListenTrap {
  /** The first server that was to listen; pending as long as none was. */
  readonly caught: Promise<NodeServer>;
  #server: NodeServer | undefined;
  #port: unknown;
  #resolve!: (server: NodeServer) => void;
  #restore: (() => void) | undefined;

  /** Sets the trap, instead of one that is still set. */
  constructor() {
    this.caught = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    current?.remove();
    current = this;
    this.#restore = replaceListen((server, given) => this.#catch(server, given));
  }

  /** The server that was caught. */
  get server(): NodeServer | undefined {
    return this.#server;
  }

  /**
   * Lets servers listen again.
   *
   * @param delay - milliseconds to go on catching until then; does not keep the process from ending
   */
  remove(delay = 0): void {
    if (delay > 0) {
      setTimeout(() => this.remove(), delay).unref();
      return;
    }
    this.#restore?.();
    this.#restore = undefined;
    if (current === this) current = undefined;
  }

  /** Lets servers listen again once the one that was caught has told all of its addresses. */
  removeSoon(): void {
    this.remove(LINGER);
  }

  /** Whether the server is to go without listening. */
  #catch(server: Server, given: readonly unknown[]): boolean {
    const place = placeOf(given);
    if (!isServer(server) || place === undefined) return false;
    const port = typeof place === 'string' ? place : place.port;
    if (this.#server && port !== this.#port) return false;
    pretend(server, place, given);
    if (this.#server) return true;
    this.#server = server;
    this.#port = port;
    this.#resolve(server);
    return true;
  }
}

/** Loaded when a trap is set: few programs that are started for one request set one. */
function net(): typeof import('node:net') {
  return process.getBuiltinModule('node:net');
}

function replaceListen(
  isCaught: (server: Server, given: readonly unknown[]) => boolean,
): () => void {
  const { prototype } = net().Server;
  const { listen } = prototype;
  function trapped(this: Server, ...given: unknown[]): Server {
    return isCaught(this, given) ? this : Reflect.apply(listen, this, given);
  }
  prototype.listen = trapped;
  return () => {
    // Somebody who has replaced it since has kept it.
    if (prototype.listen === trapped) prototype.listen = listen;
    isCaught = () => false;
  };
}

/** Where `listen()` was told to listen, in whichever of its ways; undefined: on a socket that there is already. */
function placeOf([first, second]: readonly unknown[]): Place | undefined {
  const options: ListenWords =
    typeof first === 'object' && first !== null
      ? first
      : typeof first === 'string' && !/^\d+$/.test(first)
        ? { path: first }
        : { port: first, host: second };
  if (typeof options.fd === 'number' || options.handle || options._handle) return undefined;
  if (options.path !== undefined) return options.path;
  const address = typeof options.host === 'string' ? options.host : '::';
  const family = address === 'localhost' || net().isIPv4(address) ? 'IPv4' : 'IPv6';
  const port = typeof options.port === 'function' ? 0 : Number(options.port ?? 0);
  return { address: address === 'localhost' ? '127.0.0.1' : address, family, port };
}

/** What `listen()` takes as an object: options, or a handle. */
interface ListenWords {
  readonly path?: string;
  readonly port?: unknown;
  readonly host?: unknown;
  readonly fd?: unknown;
  readonly handle?: unknown;
  readonly _handle?: unknown;
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

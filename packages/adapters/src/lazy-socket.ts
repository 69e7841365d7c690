// A net.Socket that becomes one when somebody uses it as one.
//
// Theory: nearly every request is answered without a look at its socket but for addresses and a few
// questions, and making a net.Socket takes as long as all else that an answer needs. So the constructor of
// net.Socket runs when the state of one of its streams is asked for, or something is done to it. Until
// then the questions that node:http asks are answered here.
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';

const OPTIONS = { allowHalfOpen: true }; // as the sockets of node:http are
const HIGH_WATER_MARK = getDefaultHighWaterMark(false);

interface Lazy extends Socket {
  /** Whether the constructor has run. */
  isMade?: boolean;
  /** What node:http writes into at the end of a response. */
  shadow?: { corked: number; errored: null };
}

function LazySocketConstructor(this: Lazy): void {}

const prototype: Lazy = Object.create(Socket.prototype);
LazySocketConstructor.prototype = prototype;

/** The class; `instanceof net.Socket` holds. */
export const LazySocket = LazySocketConstructor as unknown as typeof Socket;

function make(socket: Lazy): void {
  if (socket.isMade) return;
  socket.isMade = true;
  (Socket as unknown as (this: Socket, options: object) => void).call(socket, OPTIONS);
}

/** The state of a stream: the constructor of the stream sets it, and everything else asks for it. */
function state(name: '_readableState' | '_writableState'): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: Lazy) {
      if (!this.isMade && name === '_writableState') {
        this.shadow ??= { corked: 0, errored: null };
        return this.shadow;
      }
      make(this);
      return Object.getOwnPropertyDescriptor(this, name)?.value;
    },
    set(this: Lazy, value: unknown) {
      Object.defineProperty(this, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  });
}

/** A question that has one answer as long as nobody has used the socket. Not every version of Node.js has all. */
function question(name: string, answer: unknown): void {
  let owner: object | null = Socket.prototype;
  while (owner && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  const { get, set } = (owner && Object.getOwnPropertyDescriptor(owner, name)) ?? {};
  if (!get) return;
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: Lazy) {
      return this.isMade ? get.call(this) : answer;
    },
    set(this: Lazy, value: unknown) {
      make(this);
      set?.call(this, value);
    },
  });
}

/** Something that is done to the socket; unless it is nothing yet, the socket is made for it. */
function deed(name: string, isNothing: (...parameters: unknown[]) => boolean = () => false): void {
  const inherited = prototype[name as keyof Lazy] as (...parameters: unknown[]) => unknown;
  const plain = EventEmitter.prototype[name as 'on'] as typeof inherited | undefined;
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value: function (this: Lazy, ...parameters: unknown[]) {
      if (this.isMade || !isNothing(...parameters)) {
        make(this);
        return inherited.apply(this, parameters);
      }
      return plain?.apply(this, parameters);
    },
  });
}

state('_readableState');
state('_writableState');
for (const name of ['readable', 'writable']) question(name, true);
for (const name of ['destroyed', 'closed', 'readableEnded', 'writableEnded', 'writableFinished'])
  question(name, false);
for (const name of ['readableLength', 'writableLength', 'writableCorked']) question(name, 0);
for (const name of ['writableNeedDrain', 'writableObjectMode']) question(name, false);
for (const name of ['errored', 'writableBuffer']) question(name, null);
for (const name of ['readableHighWaterMark', 'writableHighWaterMark'])
  question(name, HIGH_WATER_MARK);
for (const name of ['write', 'end', 'destroy', 'setTimeout', 'setDefaultEncoding']) deed(name);
for (const name of ['cork', 'uncork']) deed(name, () => true); // there is nothing to hold back
for (const name of ['on', 'addListener', 'off', 'removeListener'])
  deed(name, (event) => event !== 'data' && event !== 'readable');

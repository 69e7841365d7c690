// A net.Socket that becomes one when somebody uses it as one.
//
// Theory: nearly every request is answered without a look at its socket but for addresses and a few
// questions, and making a net.Socket takes as long as all else that an answer needs. So the constructor of
// net.Socket runs when the state of one of its streams is asked for, or something is done to it. Until
// then the questions that node:http asks are answered here.
import { Socket } from 'node:net';

const OPTIONS = { allowHalfOpen: true }; // as the sockets of node:http are
const { readableHighWaterMark, writableHighWaterMark } = new Socket();

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

/** A question that has one answer as long as nobody has used the socket. */
function question(name: keyof Socket, answer: unknown): void {
  let owner: object = Socket.prototype;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  const { get, set } = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: Lazy) {
      return this.isMade ? get?.call(this) : answer;
    },
    set(this: Lazy, value: unknown) {
      make(this);
      set?.call(this, value);
    },
  });
}

/** A method that changes the socket. */
function deed(name: keyof Socket): void {
  const method = Socket.prototype[name] as (...parameters: unknown[]) => unknown;
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value: function (this: Lazy, ...parameters: unknown[]) {
      make(this);
      return method.apply(this, parameters);
    },
  });
}

/** Corking means nothing before something is written. */
function corking(name: 'cork' | 'uncork'): void {
  const method = Socket.prototype[name];
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value: function (this: Lazy) {
      if (this.isMade) method.call(this);
    },
  });
}

state('_readableState');
state('_writableState');
question('readable', true);
question('writable', true);
question('destroyed', false);
question('writableLength', 0);
question('writableCorked', 0);
question('readableHighWaterMark', readableHighWaterMark);
question('writableHighWaterMark', writableHighWaterMark);
for (const name of ['write', 'end', 'destroy', 'setTimeout', 'setDefaultEncoding'] as const)
  deed(name);
corking('cork');
corking('uncork');

// FastCGI: from records to requests, and response parts to records (FastCGI 1.0).
import { collectVariables, type ResponsePart } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { encodeResponseHead } from 'cgi-protocol';
import {
  type FastcgiEvent,
  FastcgiServerCodec,
  type FastcgiServerOptions,
  Role,
} from 'fastcgi-protocol';
import type { Channel, FrontEnd, Incoming, ListenerOptions } from './front-end.ts';
import { streamFrontEnd } from './stream-server.ts';

/** The FastCGI front-end. */
export const fastcgi: FrontEnd = streamFrontEnd({
  name: 'fastcgi',
  defaultPort: 9000,
  peersVariable: 'FCGI_WEB_SERVER_ADDRS', // section 3.2
  options: {
    multiplexed:
      'yes (default): requests may be mixed on one connection; no: one after the other, as FCGI_MPXS_CONNS tells',
    roles: 'responder (default), authorizer, filter: those that the application plays, by commas',
  },
  configure(options) {
    const settings = settingsOf(options);
    return () => new FastcgiChannel(new FastcgiServerCodec(settings));
  },
});

const ROLE_NAMES: Readonly<Record<string, Role>> = {
  responder: Role.RESPONDER,
  authorizer: Role.AUTHORIZER,
  filter: Role.FILTER,
};
const ROLE_VARIABLE = Object.keys(Role); // by number, less one: the words of section 6

function settingsOf({ multiplexed = 'yes', roles = 'responder' }: ListenerOptions) {
  if (multiplexed !== 'yes' && multiplexed !== 'no')
    throw new OptionError('ERR_FRONT_END_OPTION', `multiplexed is yes or no, not ${multiplexed}`);
  const played = roles.split(',').map((name) => {
    const role = ROLE_NAMES[name];
    if (role !== undefined) return role;
    const known = Object.keys(ROLE_NAMES).join(', ');
    throw new OptionError('ERR_FRONT_END_OPTION', `there is no role ${name}; there are ${known}`);
  });
  return { multiplexed: multiplexed === 'yes', roles: played } satisfies FastcgiServerOptions;
}

class FastcgiChannel implements Channel {
  readonly marksEnd = true;
  readonly #codec: FastcgiServerCodec;

  constructor(codec: FastcgiServerCodec) {
    this.#codec = codec;
  }

  get reusable(): boolean {
    // A request that has only begun is nobody's but the codec's yet.
    return this.#codec.keep || this.#codec.active > 0;
  }

  receive(chunk: Uint8Array): Incoming[] {
    return this.#incoming(this.#codec.feed(chunk));
  }

  finish(): Incoming[] {
    return this.#incoming(this.#codec.finish());
  }

  send(id: number, { head, chunk, last }: ResponsePart): readonly Uint8Array[] {
    const block = head ? encodeResponseHead(head.status, head.headers) : '';
    return [this.#codec.encode({ type: 'stdout', id, head: block, chunk, last })];
  }

  refuse(part: ResponsePart): readonly Uint8Array[] {
    const id = this.#codec.failedId;
    return id === undefined ? [] : this.send(id, part);
  }

  report(id: number, text: string): Uint8Array {
    return this.#codec.encode({ type: 'stderr', id, chunk: Buffer.from(text) });
  }

  abandon(id: number): Uint8Array {
    return this.#codec.encode({ type: 'end', id, appStatus: 1 }); // section 5.4
  }

  upgradable(id: number): boolean {
    return this.#codec.upgradable(id); // nginx has no upgrade by FastCGI, and ends STDIN at once
  }

  upgrade(id: number): void {
    this.#codec.upgrade(id);
  }

  #incoming(events: FastcgiEvent[]): Incoming[] {
    const incoming = events.map((event) => this.#one(event));
    const { error } = this.#codec;
    if (error) incoming.push({ type: 'failure', error });
    return incoming;
  }

  #one(event: FastcgiEvent): Incoming {
    switch (event.type) {
      case 'request':
        return request(event);
      case 'end':
        return { type: 'body-end', id: event.id };
      case 'truncated':
        return { type: 'body-failure', id: event.id, error: event.error };
      case 'data':
        return { type: 'body', id: event.id, chunk: event.chunk, second: true };
      case 'data-end':
        return { type: 'body-end', id: event.id, second: true };
      default:
        return event;
    }
  }
}

const HOST_PORT = /^([^:]+|\[.*\]):\d*$/;

function request(event: FastcgiEvent & { type: 'request' }): Incoming {
  const { id, role, ended } = event;
  const variables = collectVariables(event.variables);
  variables.FCGI_ROLE = ROLE_VARIABLE[role - 1] as string;
  // Stock nginx sends it empty, Caddy as -1: the end of STDIN tells.
  if (variables.CONTENT_LENGTH === '-1') delete variables.CONTENT_LENGTH;
  // Section 6.3: an Authorizer gets no CONTENT_LENGTH, and the body goes to whom it lets the request pass.
  if (role === Role.AUTHORIZER) delete variables.HTTP_CONTENT_LENGTH;
  const { SERVER_NAME: host } = variables;
  if (host?.includes(':')) variables.SERVER_NAME = host.replace(HOST_PORT, '$1'); // HAProxy sends Host
  const hasBody = !ended;
  return role === Role.FILTER
    ? { type: 'request', id, variables, hasBody, secondInput: 'sluice.fastcgi.data' }
    : { type: 'request', id, variables, hasBody };
}

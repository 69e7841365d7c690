// Requests for another protocol on the same connection (RFC 9110, section 7.8), for Node handlers.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Environ, type ResponseBody, type StartResponse, statusPage } from '@sluice/gateway';
import { nodeRequest } from './node-request.ts';
import { UpgradeSocket } from './upgrade-socket.ts';

/** Takes a connection over, as a listener of a server's 'upgrade' event does. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

/** Offers that a client makes by the way and does not rely on; node:http, too, is no HTTP/2 server. */
const BY_THE_WAY = /^\s*(?:h2c?|HTTP\/[\d.]+|TLS\/[\d.]+)\s*$/i;

/** Whether a request is one for another protocol. */
export function asksForUpgrade(environ: Environ): boolean {
  const { HTTP_UPGRADE: offered } = environ;
  // Upgrade may have ended at the web server; a key is sent with nothing but a WebSocket handshake.
  if (typeof offered !== 'string') return environ.HTTP_SEC_WEBSOCKET_KEY !== undefined;
  return offered.split(',').some((protocol) => !BY_THE_WAY.test(protocol));
}

/** Gives a connection to a handler. */
export function takeOver(
  environ: Environ,
  startResponse: StartResponse,
  url: string,
  handler: UpgradeHandler,
): Promise<ResponseBody> {
  const socket = new UpgradeSocket(environ, startResponse);
  const request = Object.assign(nodeRequest(environ, socket, url), { upgrade: true });
  const fail = (error: unknown) => socket.destroy(error as Error);
  try {
    Promise.resolve(handler(request, socket, Buffer.alloc(0))).catch(fail);
  } catch (error) {
    fail(error);
  }
  return socket.body;
}

/** Answers where the connection cannot be taken over. */
export function cannotTakeOver(startResponse: StartResponse): ResponseBody {
  const page = statusPage(501);
  startResponse(page.status, page.headers);
  return [page.body];
}

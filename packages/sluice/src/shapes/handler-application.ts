// Makes an application of a handler that writes pages as CGI programs do.
import { PassThrough } from 'node:stream';
import {
  type Application,
  ClientLeftError,
  type Environ,
  type StartResponse,
} from '@sluice/gateway';
import { type CgiResponseEvent, CgiResponseReader } from 'cgi-protocol';
import type { SCGIHandler } from './scgi-handler.ts';

/** The application that a handler is. */
export function handlerApplication(handler: SCGIHandler): Application {
  return (environ, startResponse) => pageOf(handler, environ, startResponse);
}

/** Calls the handler, and reads what it writes: the header block becomes the head of the response. */
async function* pageOf(
  handler: SCGIHandler,
  environ: Environ,
  startResponse: StartResponse,
): AsyncGenerator<Uint8Array> {
  const reader = new CgiResponseReader({ head: environ.REQUEST_METHOD === 'HEAD' });
  const input = await environ['wsgi.input'].toReadable();
  const output = new PassThrough();
  // Whoever reads or writes learns of a failure; nobody else has to.
  for (const stream of [input, output]) stream.on('error', () => {});
  const size = Number(environ.CONTENT_LENGTH ?? 0);
  const produce = async () => handler.produce(variablesOf(environ), size, input, output);
  produce().then(
    () => output.end(),
    (error) => output.destroy(error as Error),
  );
  try {
    for await (const chunk of output) yield* blocksOf(reader.feed(chunk), startResponse);
    yield* blocksOf(reader.finish(), startResponse);
  } finally {
    output.destroy(new ClientLeftError()); // to a handler that still writes; else it has ended
    input.destroy();
  }
}

function* blocksOf(
  events: readonly CgiResponseEvent[],
  startResponse: StartResponse,
): Generator<Uint8Array> {
  for (const event of events) {
    if (event.type === 'head') startResponse(`${event.status} ${event.reason}`, event.headers);
    else if (event.type === 'body') yield event.chunk;
  }
}

/** What the web server sent: everything else in an environ has a dot in its name, and is no text. */
function variablesOf(environ: Environ): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environ)) {
    if (typeof value === 'string' && !name.includes('.')) variables[name] = value;
  }
  return variables;
}

// One request to a back-end, and its answer written as it comes.
import { type Application, type Chunk, type Environ, ErrorStream } from '@sluice/gateway';
import type { Output } from './output.ts';
import type { RequestSource } from './source.ts';
import { beginning } from './trouble.ts';
import type { RequestVariables } from './variables.ts';

/** A request, and where its answer goes. */
export interface Asking {
  readonly application: Application;
  readonly variables: RequestVariables;
  readonly input: RequestSource['input'];
  /** Gives the request up. */
  readonly signal: AbortSignal;
  /** Whether the head of the answer is written too. */
  readonly include: boolean;
  readonly output: Output;
  /** Takes what the server wrote to its error stream, line by line. */
  readonly say: (line: string) => void;
}

/** An answer that has ended. */
export interface Asked {
  readonly status: number;
  /** The beginning of its body, and of what came by the error stream: for a diagnosis. */
  readonly said: string;
}

/**
 * Asks.
 *
 * @throws SluiceError when there is no answer, or not all of it
 */
export async function askServer(asking: Asking): Promise<Asked> {
  const { application, output } = asking;
  let said = '';
  let head: { status: number; bytes: Buffer } | undefined;
  const environ = environOf(asking, (line) => {
    if (said.length < MOST_SAID) said += `${line}\n`;
    asking.say(`stderr: ${line}`);
  });
  const body = await application(environ, (status, headers) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const bytes = Buffer.from(`HTTP/1.1 ${status}\r\n${lines}\r\n`, 'latin1');
    head = { status: Number(status.slice(0, 3)), bytes };
    return (chunk) => output.write(bytesOf(chunk));
  });
  if (!head) throw new Error('the back-end called no startResponse'); // PEP 3333: it has to
  const { status, bytes } = head;
  try {
    if (asking.include && !(await output.write(bytes))) return { status, said };
    for await (const chunk of body as AsyncIterable<Chunk>) {
      const block = bytesOf(chunk);
      if (said.length < MOST_SAID) said += beginning(block);
      if (!(await output.write(block))) break; // nobody reads it any more
    }
  } finally {
    await body.close?.();
    environ['wsgi.errors'].flush();
  }
  return { status, said };
}

const MOST_SAID = 4096;

function bytesOf(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function environOf({ variables, input, signal }: Asking, log: (line: string) => void): Environ {
  const isSecure = variables.REQUEST_SCHEME === 'https';
  return Object.assign(Object.create(null), variables, {
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': isSecure ? 'https' : 'http',
    'wsgi.input': input,
    'wsgi.input_terminated': true,
    'wsgi.errors': new ErrorStream((_level, line) => log(line)),
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': true,
    'sluice.protocol': 'request',
    'sluice.signal': signal,
  });
}

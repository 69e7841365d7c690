// `sluice request URL [PATH]`: one request to a server by its gateway protocol, and what is wrong when it fails.
import type { BackEndOptions, Target } from '@sluice/back-ends';
import { OptionError, ProtocolError, SluiceError } from '@sluice/protocol';
import { parseAddress } from '../addresses/address-url.ts';
import { findServer, type ServerAddress } from '../addresses/server-address.ts';
import { type Asked, askServer } from '../asking/exchange.ts';
import { openOutput } from '../asking/output.ts';
import { openSource } from '../asking/source.ts';
import { adviceFor, type Scene, troubleOf } from '../asking/trouble.ts';
import { requestVariables } from '../asking/variables.ts';
import { Wire } from '../asking/wire.ts';
import { type RequestWords, readRequestWords, requestOptionLines } from '../asking/words.ts';
import { PROTOCOLS } from '../registry.ts';
import { leaveSoon } from '../started/leave-soon.ts';

/** Exit statuses beside those of every command: 1 failure, 2 wrong option. */
const EXIT = { clientError: 4, serverError: 5, interrupted: 130, terminated: 143 } as const;

/** Runs the command. */
export async function requestCommand(words: readonly string[]): Promise<void> {
  const request = readRequestWords(words);
  if (!request) {
    process.stdout.write(usage());
    return;
  }
  const server = await findServer(request.address);
  const scene = sceneOf(request, server);
  const controller = new AbortController();
  const { signal } = controller;
  const giveUp = (status: number) => () => {
    controller.abort();
    process.exit(status); // what was started for the request ends with the process
  };
  process.once('SIGINT', giveUp(EXIT.interrupted)).once('SIGTERM', giveUp(EXIT.terminated));
  try {
    const done = request.ping ? ping(request, server, scene) : ask(request, server, scene, signal);
    await inTime(done, request.maxTime, () => controller.abort());
  } catch (error) {
    // What the server wrote to its error stream before it failed is here, and comes first.
    await new Promise((resolve) => setImmediate(resolve));
    throw await explained(error, scene);
  } finally {
    scene.wire.finish();
    leaveSoon();
  }
}

function sceneOf(
  { address: text, verbose, ping, variables }: RequestWords,
  { backEnd, target, options }: ServerAddress,
): Scene {
  const { protocol } = parseAddress(text);
  const tracer = verbose ? backEnd.trace?.() : undefined;
  return {
    protocol,
    backEnd,
    target,
    address: addressOf(protocol, target),
    settings: options.settings ?? {},
    variables: Object.fromEntries(variables.map((pair) => pair.split(/=(.*)/s, 2))),
    wire: new Wire(tracer, say),
    isPing: ping,
  };
}

function addressOf(protocol: string, target: Target): string {
  switch (target.type) {
    case 'tcp': {
      const host = target.host.includes(':') ? `[${target.host}]` : target.host;
      return `${protocol}://${host}:${target.port}`;
    }
    case 'unix':
      return `${protocol}+unix:${target.path}`;
    case 'file':
      return `${protocol}:${target.path}`;
  }
}

/** Sends the request, and sets the exit status by its answer. */
async function ask(
  request: RequestWords,
  { backEnd, target, options }: ServerAddress,
  scene: Scene,
  signal: AbortSignal,
): Promise<void> {
  const source = await openSource(request.data);
  try {
    const variables = requestVariables(request, backEnd, target, source.length);
    const application = backEnd.open(target, optionsOf(request, options, scene));
    const output = await openOutput(request.output);
    const { include } = request;
    const sent = { application, variables, input: source.input, signal, include, output, say };
    try {
      const asked = await askServer(sent);
      await tell(asked, scene);
    } finally {
      await output.close();
    }
  } finally {
    source.close();
  }
}

/** The options of the address, and what is right for a single request without a web server in front. */
function optionsOf(
  { maxTime }: RequestWords,
  options: Partial<BackEndOptions>,
  { wire }: Scene,
): Partial<BackEndOptions> {
  return {
    keep: 0,
    sendfile: true,
    authorization: true,
    ...(maxTime === undefined ? {} : { readTimeout: maxTime + 1000 }), // --max-time comes first
    ...options,
    observe: wire.observe,
  };
}

async function tell({ status, said }: Asked, scene: Scene): Promise<void> {
  const advice = await adviceFor(status, said, scene);
  if (advice !== undefined) say(`hint: ${advice}`);
  if (status >= 500) process.exitCode = EXIT.serverError;
  else if (status >= 400) process.exitCode = EXIT.clientError;
}

const PING_TIMEOUT = 5000; // milliseconds: nothing has to be made for it, unlike a page

async function ping(
  request: RequestWords,
  { backEnd, target, options }: ServerAddress,
  scene: Scene,
): Promise<void> {
  if (!backEnd.ping) {
    const path = PROTOCOLS[scene.protocol].startsPrograms ? '/SCRIPT' : '/';
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `${scene.protocol} has no ping; ask for a page instead: sluice request ${scene.address} ${path}`,
    );
  }
  const start = performance.now();
  const answer = await backEnd.ping(target, {
    readTimeout: PING_TIMEOUT,
    ...optionsOf(request, options, scene),
  });
  const time = (performance.now() - start).toFixed(1);
  process.stdout.write(`${scene.address} answers after ${time} ms: ${answer}\n`);
}

/** Settles like the work, or rejects when the time is over. */
async function inTime(
  work: Promise<void>,
  milliseconds: number | undefined,
  giveUp: () => void,
): Promise<void> {
  if (milliseconds === undefined) return await work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new SluiceError('ERR_REQUEST_TIMEOUT', `no whole answer within ${milliseconds / 1000} s`),
      );
      giveUp();
    }, milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What goes wrong with a request as such keeps its own words; what the server does is explained. */
async function explained(error: unknown, scene: Scene): Promise<unknown> {
  if (!(error instanceof SluiceError) || error instanceof OptionError || isOurs(error))
    return error;
  if (error instanceof ProtocolError && error.blame === 'local')
    return new OptionError('ERR_OPTION_VALUE', `this cannot be sent: ${error.message}`, error);
  return new SluiceError(error.code, await troubleOf(error, scene), error);
}

function isOurs({ code }: SluiceError): boolean {
  return code === 'ERR_REQUEST_BODY' || code === 'ERR_REQUEST_OUTPUT';
}

let isGuarded = false;

/** Writes a line for the person. */
function say(line: string): void {
  if (!isGuarded) {
    process.stderr.on('error', () => {}); // nobody reads it: that is no reason to end
    isGuarded = true;
  }
  process.stderr.write(`${line}\n`);
}

function usage(): string {
  return `Usage: sluice request URL [PATH] [option …]

Sends one request to a server, as a web server in front of it would, and writes the body of its answer.

URL is its address: fastcgi://127.0.0.1:9000, scgi+unix:/run/app.sock, uwsgi://127.0.0.1:3031, ajp://127.0.0.1:8009,
http://127.0.0.1:8000, or the path of a script or a folder of scripts: cgi:/srv/cgi-bin/. Options of the protocol
follow it: fastcgi://127.0.0.1:9000?root=/srv/www for php-fpm, ajp://127.0.0.1:8009?secret=WORD.
PATH is what a client asks for, with its query: '/path?q=1'. It is / by default.

${requestOptionLines()}

Exit status: 0 an answer below 400, or a pong; 4 an answer of 400 to 499; 5 one above; 1 no answer, or not all of it;
2 wrong option.
`;
}

// `sluice serve APP`: an application on its listeners, until a signal.
import { OptionError } from '@sluice/protocol';
import { parseAddress, shownName } from '../address-url.ts';
import { resolveOptions } from '../options/option.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { PROTOCOLS, type ProtocolName } from '../registry.ts';
import { surviveErrors } from '../run-worker.ts';
import { gatewayOptions, type Server, serve } from '../serve.ts';
import { serveStdio } from '../serve-stdio.ts';
import { untilSignal } from '../until-signal.ts';
import { optionLines, readWords } from './words.ts';

/** Runs the command. */
export async function serveCommand(words: readonly string[]): Promise<void> {
  const { application, given, help } = readWords(words);
  if (help) {
    process.stdout.write(usage());
    return;
  }
  if (application === undefined)
    throw new OptionError('ERR_OPTION_VALUE', `the application is missing\n\n${usage()}`);
  const options = resolveOptions(ServeOptions, given, process.env);
  const stdio = options.listen.map(parseAddress).find(({ place }) => place.type === 'stdio');
  if (stdio) {
    if (options.listen.length > 1) {
      throw new OptionError(
        'ERR_OPTION_VALUE',
        `${stdio.text} is one connection that is open already; nothing else can be listened at beside it`,
      );
    }
    await serveStdio(application, stdio, gatewayOptions(options, 'single'), options.limits);
    return;
  }
  if (options.debug)
    process.stderr.write('warn: --debug shows stacks to clients; it is for development\n');
  await untilSignal(async (signal) => {
    const server = await serve(application, { ...options, signal });
    announce(application, server, options);
    return server;
  }, 'reload');
  process.exit();
}

function announce(application: string, server: Server, options: ServeOptions): void {
  const workers =
    options.concurrency === 'single'
      ? ''
      : `, ${options.concurrency} with ${options.workers} workers`;
  process.stderr.write(`serving ${shownName(application)}${workers}; stop with Ctrl-C\n`);
  for (const address of server.addresses) {
    const hint = trial(address, options);
    process.stderr.write(`  ${hint ? `${address.padEnd(32)} try: ${hint}` : address}\n`);
  }
  if (options.concurrency !== 'single') return;
  surviveErrors(() => {
    process.exitCode = 1;
    void server.close();
  });
}

/** A command that shows that a listener works. */
function trial(address: string, { scriptName }: ServeOptions): string {
  const { protocol, place } = parseAddress(address);
  if (place.type === 'fd') return ''; // only whoever opened it knows the way to it
  const path = `${scriptName ?? ''}/`;
  if (protocol !== 'http') return `sluice request ${address} ${path}`;
  return place.type === 'unix'
    ? `curl --unix-socket ${place.path} http://localhost${path}`
    : `curl ${address}${path}`;
}

function usage(): string {
  return `Usage: sluice serve APP --listen URL …

Serves an application until it is stopped (INT, TERM). HUP replaces the workers of fork and thread.

APP is a module (app.js, app.js:name), the address of another server (scgi://127.0.0.1:4000,
cgi:/srv/cgi-bin/), or demo.

${optionLines()}

Addresses: scheme://host:port, scheme+unix:/path, scheme+fd:N (inherited), scheme+stdio: (inetd).
Schemes: ${Object.keys(PROTOCOLS)
    .filter((name) => !PROTOCOLS[name as ProtocolName].startsPrograms)
    .join(', ')}. Options of one listener may follow: scgi://0.0.0.0:4000?allow=192.0.2.0/24

Exit status: 0 stopped, 1 failure, 2 wrong option, 3 workers keep failing.
`;
}

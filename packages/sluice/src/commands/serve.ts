// `sluice serve APP`: an application on its listeners, until a signal.
import { ServiceManager } from '@sluice/concurrency';
import { stderrLog } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { parseAddress, shownName } from '../addresses/address-url.ts';
import { explainFailure, type Planned, preflight } from '../check/preflight.ts';
import { isProjectFolder } from '../loading/application.ts';
import { ownProcess } from '../loading/module-application.ts';
import { CommandOptions } from '../options/command-options.ts';
import { optionsOf } from '../options/option.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { PROTOCOLS, type ProtocolName } from '../registry.ts';
import { surviveErrors } from '../serving/run-worker.ts';
import { serve } from '../serving/serve.ts';
import type { Server } from '../serving/server.ts';
import { gatewayOptions } from '../serving/serving.ts';
import { untilSignal } from '../serving/until-signal.ts';
import { sizeOf } from '../serving/worker-limits.ts';
import { serveStdio } from '../started/serve-stdio.ts';
import { beginDaemon, launchDaemon } from './daemon-life.ts';
import { openSources, readSettings, type Sources } from './settings.ts';
import { surround } from './surroundings.ts';
import { optionLines, readWords } from './words.ts';

const HANGUP = 42; // as flup's loop expects it
const SIGNALS = ['INT', 'TERM', 'QUIT', 'HUP', 'USR1', 'USR2', 'TTIN', 'TTOU'].map(
  (name) => `SIG${name}` as NodeJS.Signals,
);

/** Runs the command. */
export async function serveCommand(words: readonly string[]): Promise<void> {
  const said = readWords(words, CommandOptions);
  if (said.help) {
    process.stdout.write(usage());
    return;
  }
  await serveSources(await openSources(said, process.env));
}

/** Serves what sources say, until a signal ends this process. @throws OptionError for a person's mistake */
export async function serveSources(sources: Sources): Promise<void> {
  const { application: found, ...resolved } = await readSettings(sources);
  if (found === undefined)
    throw new OptionError('ERR_OPTION_VALUE', `the application is missing\n\n${usage()}`);
  const { options, origins } = resolved;
  const application = found.name;
  const planned = { ...resolved, application: found };
  await preflight(planned);
  const stdio = options.listen.map(parseAddress).find(({ place }) => place.type === 'stdio');
  if (stdio) {
    if (options.listen.length > 1) {
      throw new OptionError(
        'ERR_OPTION_VALUE',
        `${stdio.text} is one connection that is open already; nothing else can be listened at beside it`,
      );
    }
    await serveStdio(application, stdio, gatewayOptions(options, 'single'), options);
    return;
  }
  const launched = await launchDaemon(options, origins.get('umask')?.from !== 'default');
  if (launched !== undefined) process.exit(launched);
  const ending = await serveUntilSignal(planned);
  if (ending === 'hangup') process.exitCode = HANGUP;
  process.exit();
}

async function serveUntilSignal({ application: { name, origin }, origins, ...given }: Planned) {
  // To the very end: one that comes while the process leaves must not change how it ends.
  for (const signal of SIGNALS) process.on(signal, () => {});
  ownProcess();
  const project = await projectLine(name);
  const { daemon, application, options } = beginDaemon(name, given.options);
  if (options.debug)
    process.stderr.write('warn: debug shows stacks to clients; it is for development\n');
  const warn = (line: string) => stderrLog('warn', line);
  // Before anything is started, which would inherit the variables.
  const manager = ServiceManager.fromEnvironment(process.env, warn);
  try {
    return await untilSignal(
      async (signal) => {
        const plain = await serve(application, { ...serveOptions(options), signal });
        const server = await surround(plain, application, options, manager);
        process.stderr.write(project);
        announce(application, server, options, await server.about());
        daemon.serves();
        return server;
      },
      { onHangup: options.onHup === 'reload' ? 'reload' : 'stop' },
    );
  } catch (error) {
    const told = await explainFailure(error, {
      options,
      origins,
      application: { name: application, origin },
    });
    daemon.failed(told);
    throw told;
  } finally {
    daemon.ends();
  }
}

/** What the folder is that is served; empty for what is no project. */
async function projectLine(name: string): Promise<string> {
  if (!isProjectFolder(name)) return '';
  const { describeProject } = await import('../projects/find-project.ts');
  const line = await describeProject(name);
  return line === undefined ? '' : `${line}\n`;
}

/** What of the command's options is the server's. */
function serveOptions(options: CommandOptions): Partial<ServeOptions> {
  const names = new Set(optionsOf(ServeOptions).map(({ name }) => name));
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => names.has(name)));
  return { ...own, statistics: options.control !== undefined || options.stats !== undefined };
}

function announce(
  application: string,
  server: Server,
  options: CommandOptions,
  about: string | undefined,
): void {
  const { concurrency, processes } = options;
  const many = processes > 1 ? `${processes} processes of ` : '';
  const size = sizeOf(options);
  const count = typeof size === 'number' ? size : `${size.maxSpare} to ${size.max}`;
  const workers = concurrency === 'single' ? '' : `, ${concurrency} with ${many}${count} workers`;
  const what = about === undefined ? '' : `: ${about}`;
  process.stderr.write(`serving ${shownName(application)}${what}${workers}; stop with Ctrl-C\n`);
  for (const address of server.addresses) {
    const hint = trial(address, options);
    process.stderr.write(`  ${hint ? `${address.padEnd(32)} try: ${hint}` : address}\n`);
  }
  if (concurrency !== 'single') return;
  surviveErrors(server.log, () => {
    process.exitCode = 1;
    void server.close();
  });
}

/** A command that shows that a listener works. */
function trial(address: string, { scriptName }: CommandOptions): string {
  const { protocol, place } = parseAddress(address);
  if (place.type === 'fd') return ''; // only whoever opened it knows the way to it
  const mount = (scriptName ?? '').replace(/^\/+|\/+$/g, '');
  const path = mount === '' ? '/' : `/${mount}/`;
  if (protocol !== 'http') return `sluice request ${address} ${path}`;
  return place.type === 'unix'
    ? `curl --unix-socket ${place.path} http://localhost${path}`
    : `curl ${address}${path}`;
}

function usage(): string {
  return `Usage: sluice serve [APP] --listen URL …

Serves an application until it is stopped.

APP is a module (app.js, app.js:name), the folder of a project (./mysite), the address of another server
(scgi://127.0.0.1:4000, cgi:/srv/cgi-bin/), or demo; without it, what the configuration file says.

${optionLines(CommandOptions)}

Each of them may be given by the environment as well (--max-requests: SLUICE_MAX_REQUESTS), and by the
configuration file: sluice.config.js, .mjs, .cjs, .ts or .json here, or --config FILE, in Paste's style where
it ends in .ini. Flags go first, then the environment, then the file; --no-debug takes a --debug back.

Addresses: scheme://host:port, scheme+unix:/path, scheme+fd:N (inherited), scheme+systemd:NAME,
scheme+stdio: (inetd). Schemes: ${Object.keys(PROTOCOLS)
    .filter((name) => !PROTOCOLS[name as ProtocolName].startsPrograms)
    .join(', ')}. Options of one listener may follow: scgi://0.0.0.0:4000?allow=192.0.2.0/24

Signals: INT, TERM, QUIT stop, a second one at once; HUP replaces the workers, USR1 one after the other;
USR2 opens log files anew; TTIN and TTOU add and take a worker.

Exit status: 0 stopped, 1 failure, 2 wrong option, 3 workers keep failing, 42 HUP with --on-hup exit42.
`;
}

// `sluice fastcgi [FILE]`: what a web server starts, as the first line of a .fcgi file or by its configuration.
import { OptionError } from '@sluice/protocol';
import { CommandOptions } from '../options/command-options.ts';
import { optionsOf } from '../options/option.ts';
import type { Layer } from '../options/resolve.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { runStarted } from '../started/run-fastcgi.ts';
import { openSources, readSettings } from './settings.ts';
import { readWords } from './words.ts';

const USAGE = `Usage: sluice fastcgi [FILE] [--config FILE] [--server NAME] [option …]

Answers the web server that started this process: by FastCGI when it passed a listening socket as
descriptor 0 (mod_fcgid, lighttpd's bin-path, spawn-fcgi), else the one CGI request that it wants.
FCGI_FORCE_CGI=Y in the environment: CGI in any case.

FILE is a module with an application, app.js or app.js:name; its name may end in .fcgi, and it may begin with
  #!/usr/bin/env sluice-fastcgi
Options are those of sluice serve, but for --listen and those of the process. A configuration file says the rest, as
for sluice serve, and the application where FILE is left out; its addresses do not count.
`;

const FOR_SERVER = new Set(optionsOf(ServeOptions).map(({ name }) => name));

/** Runs the command. */
export async function fastcgiCommand(words: readonly string[]): Promise<void> {
  const said = readWords(words, CommandOptions);
  if (said.help) {
    process.stdout.write(USAGE);
    return;
  }
  refuse(said.layer);
  const { application, options } = await readSettings(await openSources(said, process.env));
  if (application === undefined)
    throw new OptionError('ERR_OPTION_VALUE', `the application is missing\n\n${USAGE}`);
  const given = Object.entries(options).filter(
    ([name]) => FOR_SERVER.has(name) && name !== 'listen',
  );
  const ending = await runStarted(
    application.name,
    Object.fromEntries(given),
    queryOf(options.listen),
  );
  if (ending !== 'answered') process.exit();
}

/** Flags that a program which a web server starts has no use for. */
function refuse(layer: Layer): void {
  if (layer.has('listen'))
    throw new OptionError(
      'ERR_OPTION_VALUE',
      'the web server says where to listen, on descriptor 0; leave --listen out',
    );
  for (const { name, flag } of optionsOf(CommandOptions)) {
    if (!layer.has(name) || FOR_SERVER.has(name) || name === 'config' || name === 'server')
      continue;
    throw new OptionError(
      'ERR_OPTION_UNKNOWN',
      `there is no option --${flag} here: it is for sluice serve, and the web server is who starts and ends this process`,
    );
  }
}

/** What a configuration says of the listener on descriptor 0: `[server:main] use = egg:sluice#fastcgi`, `roles = …`. */
function queryOf(listen: readonly string[]): string {
  return /^fastcgi\+fd:0(\?.*)$/.exec(listen[0] ?? '')?.[1] ?? '';
}

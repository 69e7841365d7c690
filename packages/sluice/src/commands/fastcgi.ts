// `sluice fastcgi FILE`: what a web server starts, as the first line of a .fcgi file or by its configuration.
import { OptionError } from '@sluice/protocol';
import { environmentLayer, resolveLayers } from '../options/resolve.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { runFastcgi } from '../run-fastcgi.ts';
import { readWords } from './words.ts';

const USAGE = `Usage: sluice fastcgi FILE [option …]

Answers the web server that started this process: by FastCGI when it passed a listening socket as
descriptor 0 (mod_fcgid, lighttpd's bin-path, spawn-fcgi), else the one CGI request that it wants.
FCGI_FORCE_CGI=Y in the environment: CGI in any case.

FILE is a module with an application, app.js or app.js:name; its name may end in .fcgi, and it may begin with
  #!/usr/bin/env sluice-fastcgi
Options are those of sluice serve, but for --listen.
`;

/** Runs the command. */
export async function fastcgiCommand(words: readonly string[]): Promise<void> {
  const { application, layer, help } = readWords(words, ServeOptions);
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  if (application === undefined)
    throw new OptionError('ERR_OPTION_VALUE', `the application is missing\n\n${USAGE}`);
  if (layer.has('listen'))
    throw new OptionError(
      'ERR_OPTION_VALUE',
      'the web server says where to listen, on descriptor 0; leave --listen out',
    );
  const { listen: _, ...options } = resolveLayers(ServeOptions, [
    layer,
    environmentLayer(ServeOptions, process.env),
  ]).options;
  await runFastcgi(application, options);
}

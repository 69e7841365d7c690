// CGI: a script is started for each request (RFC 3875), one or a directory of them.
import type { Application, Environ, ResponseHeaders } from '@sluice/gateway';
import { InputStream } from '@sluice/gateway';
import { BackEndError, OptionError } from '@sluice/protocol';
import { isRequestVariable } from 'cgi-protocol';
import { type BackEnd, type BackEndOptions, DEFAULT_BACK_END_OPTIONS } from './back-end.ts';
import { type Script, scriptInDirectory, singleScript } from './cgi-script.ts';
import { diagnoseCgiLike } from './diagnose-cgi-like.ts';
import { withoutSendfile } from './environ-variables.ts';
import { ScriptRun } from './script-run.ts';
import { traceCgi } from './trace-cgi.ts';

/** The CGI back-end: a path that ends in `/` is a directory of scripts, any other one script. */
export const cgi: BackEnd = {
  name: 'cgi',
  open(target, given = {}) {
    if (target.type !== 'file') {
      throw new OptionError(
        'ERR_BACK_END_TARGET',
        'cgi: a script or a directory is named by its path: cgi:/srv/cgi-bin/',
      );
    }
    const options = { ...DEFAULT_BACK_END_OPTIONS, ...given };
    const find = (environ: Environ) =>
      target.path.endsWith('/')
        ? scriptInDirectory(target.path.slice(0, -1) || '/', environ)
        : singleScript(target.path, environ);
    return scriptApplication(find, target.args, options);
  },
  carries: isRequestVariable,
  trace: traceCgi,
  diagnosis: diagnoseCgiLike,
};

const MOST_REDIRECTS = 10;

function scriptApplication(
  find: (environ: Environ) => Promise<Script>,
  args: readonly string[],
  options: BackEndOptions,
): Application {
  return async (environ, startResponse) => {
    const mount = environ.SCRIPT_NAME;
    for (let request = environ, redirects = 0; ; redirects++) {
      const run = await ScriptRun.start(await find(request), args, request, options);
      try {
        const head = await run.head();
        // RFC 3875 section 6.2.2: a redirect inside our own space is answered as if it had been asked for.
        const next =
          head.localRedirect === undefined
            ? undefined
            : await redirected(request, head.localRedirect, mount, run);
        if (!next) {
          startResponse(`${head.status} ${head.reason}`, visible(head.headers, options));
          return run;
        }
        await run.close();
        request = next;
      } catch (error) {
        await run.close();
        throw error;
      }
      if (redirects === MOST_REDIRECTS) {
        throw new BackEndError(
          'ERR_BACK_END_LOOP',
          `more than ${MOST_REDIRECTS} local redirects`,
          508,
        );
      }
    }
  };
}

function visible(headers: ResponseHeaders, options: BackEndOptions): ResponseHeaders {
  return options.sendfile ? headers : withoutSendfile(headers);
}

/** The request that a local redirect asks for; undefined when that is not ours, or the script said more. */
async function redirected(
  environ: Environ,
  location: string,
  mount: string,
  run: ScriptRun,
): Promise<Environ | undefined> {
  const question = location.indexOf('?');
  const path = question < 0 ? location : location.slice(0, question);
  if (path !== mount && !path.startsWith(`${mount}/`)) return undefined;
  if (typeof environ.SCRIPT_FILENAME === 'string' && environ.SCRIPT_FILENAME.startsWith('/'))
    return undefined;
  if (await run.hasBody()) return undefined;
  const next: Environ = Object.create(null);
  for (const name of Object.keys(environ)) if (name !== 'sluice.signal') next[name] = environ[name];
  Object.defineProperty(next, 'sluice.signal', {
    value: environ['sluice.signal'],
    enumerable: true,
  });
  next.REQUEST_METHOD = 'GET';
  next.SCRIPT_NAME = mount;
  next.PATH_INFO = path.slice(mount.length);
  next.QUERY_STRING = question < 0 ? '' : location.slice(question + 1);
  next.REQUEST_URI = location;
  next['wsgi.input'] = new InputStream();
  delete next.CONTENT_LENGTH;
  delete next.CONTENT_TYPE;
  return next;
}

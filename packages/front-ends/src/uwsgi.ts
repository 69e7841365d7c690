// uwsgi: what a request says, and HTTP answers (Apache reads no others).
import { collectVariables, type Variables } from '@sluice/gateway';
import { Modifier1, UwsgiServerCodec } from 'uwsgi-protocol';
import { httpAnswer } from './cgi-answer.ts';
import type { FrontEnd } from './front-end.ts';
import { OneRequestChannel } from './one-request.ts';
import { streamFrontEnd } from './stream-server.ts';

/** The uwsgi front-end. */
export const uwsgi: FrontEnd = streamFrontEnd({
  name: 'uwsgi',
  defaultPort: 3031,
  configure: () => () => new OneRequestChannel(new UwsgiServerCodec(), variablesOf, httpAnswer),
});

interface UwsgiRequest {
  readonly modifier1: number;
  readonly variables: readonly string[];
}

function variablesOf({ modifier1, variables: pairs }: UwsgiRequest): Variables {
  const variables = collectVariables(pairs);
  if (modifier1 === Modifier1.WSGI_SCRIPT_NAME) cutScriptName(variables);
  // Apache leaves the slash of `ProxyPass /app/` on SCRIPT_NAME, where PATH_INFO repeats it.
  const { SCRIPT_NAME: script, PATH_INFO: path } = variables;
  if (script?.endsWith('/') && path?.startsWith('/')) variables.SCRIPT_NAME = script.slice(0, -1);
  return variables;
}

/** "modifier1 30": PATH_INFO is the whole path, and SCRIPT_NAME its beginning. */
function cutScriptName(variables: Variables): void {
  const { SCRIPT_NAME: script = '', PATH_INFO: path = '' } = variables;
  const mount = script.endsWith('/') ? script.slice(0, -1) : script;
  if (path === mount || path.startsWith(`${mount}/`))
    variables.PATH_INFO = path.slice(mount.length);
}

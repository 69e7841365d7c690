// FORCE_SCRIPT_NAME: SCRIPT_NAME is what the settings say, whatever the web server does.
import type { Application, Environ } from '@sluice/gateway';

/**
 * Gives every request a SCRIPT_NAME. PATH_INFO stays as it comes, as Django has it, but where a server passes
 * the whole path in it: there the mount is cut off.
 *
 * @param application - gets the requests
 * @param scriptName - `''` or a path without a slash at its end
 */
export function forceScriptName(application: Application, scriptName: string): Application {
  return (environ, startResponse) => {
    if (hasWholePath(environ, scriptName))
      environ.PATH_INFO = environ.PATH_INFO.slice(scriptName.length);
    environ.SCRIPT_NAME = scriptName;
    return application(environ, startResponse);
  };
}

function hasWholePath(environ: Environ, scriptName: string): boolean {
  const { PATH_INFO: path, SCRIPT_NAME: sent } = environ;
  const isBelow = path === scriptName || path.startsWith(`${scriptName}/`);
  if (sent !== '' || scriptName === '' || !isBelow) return false;
  // /blog/blog/a, where the server has cut the first one off already.
  return requestPath(environ) !== `${scriptName}${path}`;
}

/** The path that the client asked for, decoded as PATH_INFO is; undefined: nobody says so. */
function requestPath({ REQUEST_URI }: Environ): string | undefined {
  if (typeof REQUEST_URI !== 'string') return undefined;
  return REQUEST_URI.replace(/^https?:\/\/[^/?]*/i, '')
    .replace(/\?.*$/s, '')
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

// Several applications below their paths, as Paste's urlmap mounts them.
import { type Application, statusPage } from '@sluice/gateway';

/** An application, and where it is mounted: `''` is the root. */
export interface Mount {
  readonly path: string;
  readonly application: Application;
}

/**
 * Passes each request to the application with the longest path that it is below, by whole segments, and
 * moves that path from PATH_INFO to SCRIPT_NAME.
 *
 * @param mounts - in any order
 * @param notFound - answers what is below none of them; 404 by default
 */
export function urlMap(mounts: readonly Mount[], notFound: Application = answer404): Application {
  const longestFirst = [...mounts].sort((one, other) => other.path.length - one.path.length);
  return (environ, startResponse) => {
    const { PATH_INFO: path } = environ;
    const mount = longestFirst.find(
      (each) => path === each.path || path.startsWith(`${each.path}/`),
    );
    // The root has whatever else there is: an empty path as well as `*`, which OPTIONS asks for.
    const found = mount ?? longestFirst.find((each) => each.path === '');
    if (!found) return notFound(environ, startResponse);
    environ.SCRIPT_NAME += found.path;
    environ.PATH_INFO = path.slice(found.path.length);
    return found.application(environ, startResponse);
  };
}

/** A path that a person wrote, as mounts and requests have it: bytes, and no slash at the end. */
export function mountPath(path: string): string {
  return Buffer.from(path.replace(/\/+$/, '')).toString('latin1');
}

const answer404: Application = (_environ, startResponse) => {
  const { status, headers, body } = statusPage(404);
  startResponse(status, headers);
  return [body];
};

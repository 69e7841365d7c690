// The path of a request as HTTP writes it: encoded, with its query.
import { decodePath, type Environ, quotePath } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';

/**
 * The target as the client sent it where that is consistent, else made of the decoded path.
 *
 * @throws ProtocolError `ERR_BACK_END_PATH` with status hint 400 for a path that could lead out of its mount
 */
export function targetOf(environ: Environ): string {
  const { QUERY_STRING: query, SCRIPT_NAME, PATH_INFO } = environ;
  // The other server would resolve what the mount was checked without.
  if (SCRIPT_NAME !== '' && /\/\.\.?(?:[/;]|$)/.test(PATH_INFO)) {
    throw new ProtocolError('ERR_BACK_END_PATH', 'a path with dot segments below a mount', {
      statusHint: 400,
    });
  }
  const uri = environ.REQUEST_URI;
  if (typeof uri === 'string' && /^\/[\x21-\x7e]*$/.test(uri)) {
    const path = (uri.split('?', 1) as [string])[0];
    // Below a mount it must be the path that the mount was checked with.
    const isSame = decodePath(path) === SCRIPT_NAME + PATH_INFO;
    if (isSame || !SCRIPT_NAME || PATH_INFO === undefined) return uri;
  }
  const path = quotePath(SCRIPT_NAME + PATH_INFO) || '/';
  return query === '' ? path : `${path}?${query.replace(/[^\x21-\x7e]/g, encodeURIComponent)}`;
}

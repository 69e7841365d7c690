// The path of a request as HTTP writes it: encoded, with its query.
import { type Environ, quotePath } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';

/**
 * The target as the client sent it where that is consistent, else made of the decoded path.
 *
 * @throws ProtocolError `ERR_BACK_END_PATH` with status hint 400 for a path that could lead out of its mount
 */
export function targetOf(environ: Environ): string {
  const { QUERY_STRING: query, SCRIPT_NAME, PATH_INFO } = environ;
  // The other server would resolve what the mount was checked without.
  if (SCRIPT_NAME !== '' && /\/\.\.?(?:\/|$)/.test(PATH_INFO)) {
    throw new ProtocolError('ERR_BACK_END_PATH', 'a path with dot segments below a mount', {
      statusHint: 400,
    });
  }
  const uri = environ.REQUEST_URI;
  if (typeof uri === 'string' && uri.startsWith('/') && /^[\x21-\x7e]+$/.test(uri)) return uri;
  const path = quotePath(SCRIPT_NAME + PATH_INFO) || '/';
  return query === '' ? path : `${path}?${query.replace(/[^\x21-\x7e]/g, encodeURIComponent)}`;
}

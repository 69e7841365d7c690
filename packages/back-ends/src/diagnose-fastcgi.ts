// What is usual where a FastCGI application does not answer as it should.
import type { AskedServer, Diagnosis } from './diagnosis.ts';

const VERSION = 1;
const LAST_TYPE = 11; // FCGI_UNKNOWN_TYPE (FastCGI 1.0, section 8)
const NO_SUCH_SCRIPT = /Primary script unknown|File not found\.|No input file specified/;
const FORBIDDEN_SCRIPT = /Access to the script .* has been denied|Access denied\./;

/** Of FastCGI applications: php-fpm, most of all. */
export const diagnoseFastcgi: Diagnosis = {
  form: {
    name: 'FastCGI',
    begins: ([version, type]) => type !== undefined && isRecord(version, type),
  },
  answers: ['FastCGI'],
  mayBegin: ([version, type = 1]) => isRecord(version, type),
  closed: () => 'php-fpm does so to machines that listen.allowed_clients leaves out.',
  truncated: (asked) =>
    namesScript(asked)
      ? undefined
      : 'php-fpm answers nothing where no script is named: fastcgi://…?root=/srv/www for the folder of its scripts, or ?script=/srv/www/index.php',
  refused(_status, said, asked) {
    if (NO_SUCH_SCRIPT.test(said))
      return `php-fpm does not find the script: ${namesScript(asked) ? 'SCRIPT_FILENAME is a path as php-fpm sees it (its chroot, its container); -v shows what was sent' : 'name the folder of its scripts, fastcgi://…?root=/srv/www, or one script, ?script=/srv/www/index.php'}`;
    if (FORBIDDEN_SCRIPT.test(said))
      return 'php-fpm runs only files whose names end as security.limit_extensions says, .php by default';
    return undefined;
  },
};

function isRecord(version: number | undefined, type: number): boolean {
  return version === VERSION && type >= 1 && type <= LAST_TYPE;
}

/** Whether the request names the script that is to run. */
function namesScript({ settings, variables }: AskedServer): boolean {
  const { root, script } = settings;
  return Boolean(root ?? script ?? variables.SCRIPT_FILENAME);
}

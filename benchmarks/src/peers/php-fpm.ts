// php-fpm: a master process and one worker, which serves one connection at a time for as long as it is kept.
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Launch } from '../launch.ts';
import { find, firstLine, freePort, startProgram } from './program.ts';

const SCRIPT = fileURLToPath(new URL('../../peers/hello.php', import.meta.url));

/** Debian names the program with its version. */
const findPhpFpm = () =>
  find('php-fpm', 'php-fpm8.2', 'php-fpm8.3', 'php-fpm8.4', 'php-fpm8.1', 'php-fpm8.5');

/** php-fpm by FastCGI, with the settings of the installed php.ini. */
export const phpFpm: Launch = {
  async start(folder) {
    const program = findPhpFpm();
    const port = await freePort();
    const configuration = `${folder}/php-fpm.conf`;
    writeFileSync(configuration, poolOn(port, `${folder}/error.log`));
    const isRoot = process.getuid?.() === 0;
    const words = ['--nodaemonize', '--fpm-config', configuration, '-d', 'default_charset='];
    if (isRoot) words.push('--allow-to-run-as-root');
    return { ...(await startProgram(program, words, port)), script: SCRIPT };
  },
  version: () => firstLine(findPhpFpm(), '--version').replace(/ \(.*/, ''),
};

function poolOn(port: number, log: string): string {
  const { username } = userInfo();
  return `[global]
error_log = ${log}
[www]
user = ${username}
listen = 127.0.0.1:${port}
pm = static
pm.max_children = 1
`;
}

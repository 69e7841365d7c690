// Go's net/http/fcgi: compiled from the standard library alone, run on one processor.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Launch, Unavailable } from '../launch.ts';
import { find, firstLine, freePort, startProgram } from './program.ts';

const SOURCE = fileURLToPath(new URL('../../peers/hello.go', import.meta.url));

/** Go by FastCGI. */
export const goFastcgi: Launch = {
  async start(folder) {
    const program = `${folder}/hello`;
    const { status, stderr } = spawnSync(find('go'), ['build', '-o', program, SOURCE], {
      env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GO111MODULE: 'off' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Unavailable(`go build fails: ${stderr.trim().split('\n').at(-1)}`);
    const port = await freePort();
    return startProgram(program, [`127.0.0.1:${port}`], port);
  },
  version: () => firstLine(find('go'), 'version').split(' ').slice(2, 3).join(),
};

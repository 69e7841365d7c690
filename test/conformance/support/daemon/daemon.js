// A command that makes a daemon of itself: `daemon.js OPTIONS BEHAVIOUR WORD`. Options of daemonize() are
// JSON; the daemon does what the behaviour says, and answers with what it is where the word is a path.
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { daemonize, Pidfile, reportToLauncher } from '@sluice/concurrency';

const [options, behaviour, word] = process.argv.slice(2);
const launcher = reportToLauncher();
if (launcher) await live(launcher);
else await launch();

async function launch() {
  try {
    process.exitCode = await daemonize({ argv: process.argv.slice(1), ...JSON.parse(options) });
  } catch (error) {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    process.exitCode = 2;
  }
}

async function live() {
  switch (behaviour) {
    case 'serve': {
      writeSync(1, 'on stdout\n');
      writeSync(2, 'on stderr\n');
      const again = reportToLauncher();
      const what = () => ({
        ...{ pid: process.pid, cwd: process.cwd(), umask: process.umask(), again: again ?? null },
        ...{ mark: process.env.SLUICE_DAEMON ?? null, pwd: process.env.PWD },
        ...{ connected: process.connected, execArgv: process.execArgv },
      });
      createServer((socket) => socket.end(JSON.stringify(what()))).listen(word, () => {
        launcher.ready();
      });
      break;
    }
    case 'pidfile':
      try {
        Pidfile.create(word);
        launcher.ready();
        process.stdin.resume();
        setInterval(() => {}, 60_000);
      } catch (error) {
        launcher.failed(error.message, 4);
      }
      break;
    case 'fail':
      launcher.failed('nothing came of it', 3);
      break;
    case 'throw':
      throw new Error('thrown by the daemon');
    case 'exit':
      process.exit(5);
      break;
    case 'linger':
      process.on('SIGTERM', () => process.exit(0));
      writeSync(2, 'lingering\n');
      setInterval(() => {}, 60_000);
      break;
  }
}

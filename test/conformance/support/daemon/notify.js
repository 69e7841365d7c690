// A service that tells its service manager how it is: started, reloaded, alive, ending.
import { ServiceManager } from '@sluice/concurrency';

const manager = ServiceManager.fromEnvironment(process.env, (line) => console.error(line));
const left = Object.keys(process.env).filter((name) => /^(NOTIFY|WATCHDOG)_/.test(name));
console.log(JSON.stringify({ isManaged: manager !== undefined, left }));
if (manager) {
  manager.ready('serving');
  manager.reloading();
  manager.ready();
  const beats = Number(process.argv[2] ?? 0);
  let asked = 0;
  const alive = new Promise((resolve) => {
    if (beats === 0) resolve();
    else manager.watchdog(() => ++asked <= beats || void resolve());
  });
  const awake = setInterval(() => {}, 60_000); // the watchdog itself keeps nobody awake
  await alive;
  clearInterval(awake);
  manager.stopping();
  await manager.settled();
}

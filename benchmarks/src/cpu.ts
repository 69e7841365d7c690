// CPU time of a process and everything it started, from the operating system.
import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** User and system time in microseconds that a process and its descendants, which all still live, have used so far. */
export function cpuOf(root: number): number {
  const all = processes();
  const family = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (family.has(parent) && !family.has(pid)) {
        family.add(pid);
        grown = true;
      }
    }
  }
  return [...family].reduce((sum, pid) => sum + runTime(pid), 0);
}

/** The kernel's own count of each thread, in nanoseconds: utime and stime come in steps of 10 ms. */
function runTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1000;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // proc(5): the name, in parentheses, may hold anything; fields count from behind it.
        const text = readFileSync(`/proc/${name}/stat`, 'latin1');
        return [
          {
            pid: Number(name),
            parent: Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]),
          },
        ];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

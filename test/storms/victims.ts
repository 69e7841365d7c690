// Workers as storms see them: which are ready, and what is in one when it is killed.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Steered } from '../conformance/support/control.ts';
import { until } from '../conformance/support/until.ts';

const LISTENING = '0A'; // as /proc has it

/** Stops a process, so that it takes nothing more, looks whose connections it has, and kills it. */
export async function killProcess(pid: number, serverPort: number): Promise<Set<number>> {
  process.kill(pid, 'SIGSTOP');
  const status = () => readFileSync(`/proc/${pid}/status`, 'utf8');
  await until('the process stands still', () => /^State:\s+T/m.test(status()));
  const ports = clientsOf(pid, serverPort);
  process.kill(pid, 'SIGKILL');
  return ports;
}

/** The ports of those whose connections a process has accepted. */
function clientsOf(pid: number, serverPort: number): Set<number> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode) inodes.add(inode);
  }
  const ports = new Set<number>();
  for (const line of readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local = '', remote = '', state] = fields;
    if (portIn(local) !== serverPort || state === LISTENING) continue;
    if (inodes.has(fields[9] as string)) ports.add(portIn(remote));
  }
  return ports;
}

function portIn(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}

interface Worker {
  readonly name: string;
  readonly state: string;
}

const BETWEEN = 50; // milliseconds between two questions

/** Asks again and again which workers are ready; an answer that is late holds up no other. */
export class Watch {
  #since = new Map<string, number>(); // of those that are ready: when that was seen first
  #asked = 0;
  #heard = 0;
  readonly #timer: NodeJS.Timeout;

  /** @param server - with a control socket */
  constructor({ ask }: Steered) {
    this.#timer = setInterval(() => {
      const number = ++this.#asked;
      const take = ({ text }: { text: string }) => {
        if (number < this.#heard) return; // a younger one was faster
        this.#heard = number;
        this.#see(JSON.parse(text).workers);
      };
      ask('GET', '/status').then(take, () => {});
    }, BETWEEN);
  }

  /** Names of those that were ready when it was asked last, and have been for so many milliseconds at least. */
  ready(milliseconds = 0): string[] {
    const latest = performance.now() - milliseconds;
    return [...this.#since].flatMap(([name, since]) => (since <= latest ? [name] : []));
  }

  /** Asks no more. */
  end(): void {
    clearInterval(this.#timer);
  }

  #see(workers: readonly Worker[]): void {
    const now = performance.now();
    const serving = workers.filter(({ state }) => state !== 'starting' && state !== 'leaving');
    this.#since = new Map(serving.map(({ name }) => [name, this.#since.get(name) ?? now]));
  }
}

// Tells systemd how the service is (sd_notify(3)). Node.js has no Unix datagram sockets, so that the
// command systemd-notify does it: one at a time, and in order.
import { spawn } from 'node:child_process';

const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];
const COMMAND = 'systemd-notify';

/** The service manager that has started this process, and wants to be told how it is. */
export class ServiceManager {
  readonly #socket: string;
  readonly #watchdog: number;
  readonly #warn: (line: string) => void;
  #queue = Promise.resolve();
  #warned = false;
  #isStopping = false;

  private constructor(socket: string, watchdog: number, warn: (line: string) => void) {
    this.#socket = socket;
    this.#watchdog = watchdog;
    this.#warn = warn;
  }

  /**
   * Finds the service manager of an environment.
   *
   * @param env - the environment; `NOTIFY_SOCKET` and the variables of the watchdog are removed, since children must not speak for the service
   * @param warn - takes one line when the service manager cannot be told, the first time
   * @param pid - of this process; a watchdog that watches another one is not ours
   * @returns undefined when there is none that wants to be told
   */
  static fromEnvironment(
    env: NodeJS.ProcessEnv,
    warn: (line: string) => void,
    pid = process.pid,
  ): ServiceManager | undefined {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID = String(pid) } = env;
    for (const name of VARIABLES) delete env[name];
    if (!NOTIFY_SOCKET) return undefined;
    const isOurs = WATCHDOG_PID === String(pid) && /^\d{1,15}$/.test(WATCHDOG_USEC ?? '');
    return new ServiceManager(NOTIFY_SOCKET, isOurs ? Number(WATCHDOG_USEC) : 0, warn);
  }

  /**
   * The service is up, or has been reloaded. Says as well that this process is its main one, for whoever
   * starts it through a script.
   *
   * @param status - one line for `systemctl status`
   */
  ready(status?: string): void {
    if (this.#isStopping) return; // a reload that was overtaken by the end
    this.#tell('READY=1', `MAINPID=${process.pid}`, ...statusOf(status));
  }

  /** The configuration is being loaded anew; {@link ServiceManager.ready} ends that. */
  reloading(): void {
    if (this.#isStopping) return;
    const now = process.hrtime.bigint() / 1000n; // CLOCK_MONOTONIC, which Type=notify-reload compares
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${now}`);
  }

  /** The service is about to end: that is the last that is told of reloads. */
  stopping(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#tell('STOPPING=1');
  }

  /** Shows one line in `systemctl status`. */
  status(text: string): void {
    this.#tell(...statusOf(text));
  }

  /**
   * Tells twice in each period of `WatchdogSec=` that the service is alive, as long as it is.
   *
   * @param isAlive - asked each time; what is not told in time makes systemd start the service anew
   * @returns ends that; does nothing where no watchdog is set
   */
  watchdog(isAlive: () => boolean): () => void {
    if (this.#watchdog === 0) return () => {};
    const period = Math.max(1, this.#watchdog / 2000); // microseconds to milliseconds, and half of it
    const timer = setInterval(() => {
      if (isAlive()) this.#tell('WATCHDOG=1');
    }, period).unref();
    return () => clearInterval(timer);
  }

  /** Settles when everything is told. */
  settled(): Promise<void> {
    return this.#queue;
  }

  #tell(...assignments: readonly string[]): void {
    this.#queue = this.#queue
      .then(() => send(this.#socket, assignments))
      .catch((error: Error) => {
        if (this.#warned) return;
        this.#warned = true;
        this.#warn(`systemd cannot be told ${assignments[0]}: ${error.message}`);
      });
  }
}

function statusOf(text: string | undefined): string[] {
  return text === undefined ? [] : [`STATUS=${text.replace(/\s+/g, ' ')}`];
}

function send(socket: string, assignments: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(COMMAND, ['--', ...assignments], {
      env: { ...process.env, NOTIFY_SOCKET: socket },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`there is no command ${COMMAND}`) : error),
    );
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(complaint.trim() || `${COMMAND} ended with ${status ?? signal}`));
    });
  });
}

// Sockets that systemd has opened for this process (socket activation, sd_listen_fds(3)).
import { OptionError } from '@sluice/protocol';

const FIRST = 3; // SD_LISTEN_FDS_START
const UNNAMED = 'unknown'; // what sd_listen_fds_with_names(3) calls a socket without a name
const VARIABLES = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'];

/** Sockets that were passed to this process, by name. */
export class SystemdSockets {
  readonly #names: readonly string[];
  readonly #reason: string;

  private constructor(names: readonly string[], reason: string) {
    this.#names = names;
    this.#reason = reason;
  }

  /**
   * Takes the sockets that an environment tells of, and the variables out of it: children must not take
   * the sockets for theirs.
   *
   * @param env - the environment; `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` are removed
   * @param pid - of this process; sockets for another one are ignored
   */
  static take(env: NodeJS.ProcessEnv, pid: number): SystemdSockets {
    const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env;
    for (const name of VARIABLES) delete env[name];
    if (LISTEN_FDS === undefined || LISTEN_PID === undefined)
      return new SystemdSockets([], 'LISTEN_FDS and LISTEN_PID are not set');
    if (LISTEN_PID !== String(pid)) {
      const other = `LISTEN_PID is ${LISTEN_PID} and this is process ${pid}`;
      return new SystemdSockets([], `${other}: a script in between has to use exec`);
    }
    if (!/^\d{1,4}$/.test(LISTEN_FDS))
      return new SystemdSockets([], `LISTEN_FDS is ${JSON.stringify(LISTEN_FDS)}, not a number`);
    const given = LISTEN_FDNAMES === undefined ? [] : LISTEN_FDNAMES.split(':');
    const names = Array.from({ length: Number(LISTEN_FDS) }, (_, at) => given[at] || UNNAMED);
    return new SystemdSockets(names, 'LISTEN_FDS is 0');
  }

  /**
   * The descriptors of a name: a unit with several `ListenStream=` gives one name to all of them.
   *
   * @param name - `FileDescriptorName=` of the unit, which is its own name by default; `''`: the only one there is
   * @throws OptionError `ERR_LISTEN_ADDRESS`, listing the names that there are
   */
  descriptorsOf(name: string): readonly number[] {
    const all = [...new Set(this.#names)];
    const wanted = name === '' && all.length === 1 ? (all[0] as string) : name;
    const found = this.#names.flatMap((each, at) => (each === wanted ? [FIRST + at] : []));
    if (found.length > 0) return found;
    throw new OptionError('ERR_LISTEN_ADDRESS', this.#absence(name, all.join(', ')));
  }

  #absence(name: string, names: string): string {
    if (this.#names.length === 0)
      return `systemd has passed no sockets to this process (${this.#reason})`;
    if (name === '') return `systemd has passed several sockets; name one of them: ${names}`;
    return `systemd has passed no socket named ${name}; there are ${names}`;
  }
}

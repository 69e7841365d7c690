// Connections that wait for their next request. The one that waited least is taken first: it is the
// least likely to be closed by its server just now, and those that are not needed grow old.
import type { Link } from './link.ts';

/** Idle connections to one server. */
export class Pool {
  readonly #idle: Link[] = [];
  readonly #most: number;

  /** @param most - connections that are kept at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a connection; undefined when none waits. */
  take(): Link | undefined {
    const link = this.#idle.pop();
    if (!link) return undefined;
    link.idle = undefined;
    link.socket.ref();
    return link;
  }

  /** Keeps a connection whose answer has ended, or closes it. */
  put(link: Link): void {
    if (!link.isClean || this.#idle.length >= this.#most) {
      link.destroy();
      return;
    }
    this.#idle.push(link);
    link.socket.unref(); // it must not keep a process that wants to end
    link.idle = () => {
      const at = this.#idle.indexOf(link);
      if (at >= 0) this.#idle.splice(at, 1);
      link.destroy();
    };
  }
}

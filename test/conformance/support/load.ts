// Requests one after the other, from several clients, each on a connection of its own, until a test has seen enough.
import { Peer } from './peer.ts';
import { scgiRequest } from './scgi.ts';

/**
 * Asks for a path on a new connection, by SCGI or HTTP; gives the body.
 *
 * @throws Error that names what went wrong, the code of the connection's error first
 */
export async function get(
  url: string,
  path: string,
  variables: Readonly<Record<string, string>> = {},
  deadline?: number,
): Promise<string> {
  const peer = new Peer(url);
  try {
    void peer.send(
      url.startsWith('http')
        ? httpRequest(path, variables)
        : scgiRequest({ ...variables, REQUEST_URI: path }),
    );
    const { answer, ending } = await peer.finish(deadline);
    const [, status, body] =
      /^(?:HTTP\/1\.1|Status:) (\d{3})[\s\S]*?\r\n\r\n([\s\S]*)$/.exec(answer) ?? [];
    if (status === '200' && ending === 'closed') return body as string;
    throw new Error(`${peer.error ?? ending}: ${JSON.stringify(answer.slice(0, 200))}`);
  } finally {
    peer.drop();
  }
}

function httpRequest(path: string, variables: Readonly<Record<string, string>>): string {
  const headers = Object.entries(variables).map(
    ([name, value]) => `${name.slice('HTTP_'.length).replaceAll('_', '-')}: ${value}\r\n`,
  );
  return `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers.join('')}\r\n`;
}

/** What came of the requests of a load. */
export class Load {
  ok = 0;
  /** What was answered. */
  readonly seen = new Set<string>();
  /** What each request failed with. */
  readonly failures: string[] = [];
  #over = false;
  readonly #clients: Promise<void>[];

  /** Begins at once. */
  constructor(url: string, { path = '/', clients = 4 } = {}) {
    this.#clients = Array.from({ length: clients }, () => this.#run(url, path));
  }

  /** Those that could not even connect. */
  get refused(): string[] {
    return this.failures.filter((text) => /ECONNREFUSED|ENOENT|EAGAIN/.test(text));
  }

  /** Ends, with every request answered. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }

  async #run(url: string, path: string): Promise<void> {
    while (!this.#over) {
      await get(url, path, {}, 10_000).then(
        (text) => {
          this.seen.add(text);
          this.ok++;
        },
        (error) => this.failures.push(String(error)),
      );
    }
  }
}

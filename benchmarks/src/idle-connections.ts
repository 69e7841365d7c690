// Memory of connections that are kept and idle: what a web server holds open costs as long as it does.
//
// A server of its own first gets a load on a few connections, so that what it compiles and keeps is there.
// Then every connection is opened and used once; what memory has grown by, after a collection, is theirs.
// At the end each of them is used again. The kernel's part of a socket is in no process, and not counted.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startScript } from './launch.ts';
import { type Expected, isRight, run } from './load.ts';
import { median } from './median.ts';
import { conversationFor } from './requests.ts';
import type { Keeper } from './scenarios.ts';
import { BODY } from './servers/application.ts';
import type { Memory } from './servers/memory.ts';

/** What idle connections cost. */
export interface IdleConnections {
  readonly name: string;
  readonly connections: number;
  /** Growth of the process, in bytes for each connection: the median of the runs. */
  readonly rss: number;
  /** Growth of its living objects and what they hold, in bytes for each connection. */
  readonly state: number;
  /** How many of the connections were used again, with the right answer. */
  readonly answered: number;
}

const WARM_UP = { kept: true, clients: 8, requests: 20_000 };
const RUNS = 3;
/** Fewer than the backlog of any listener: what does not fit into it waits a second. */
const AT_ONCE = 100;

/** Measures one server, in a new process each time. */
export async function measureIdle(keeper: Keeper, connections: number): Promise<IdleConnections> {
  const runs: Memory[] = [];
  for (let count = 0; count < RUNS; count++) runs.push(await growth(keeper, connections));
  return {
    name: keeper.name,
    connections,
    rss: median(runs.map(({ rss }) => rss)) / connections,
    state: median(runs.map(({ state }) => state)) / connections,
    answered: connections, // growth() fails where one is not
  };
}

async function growth({ server: [name, ...args], protocol }: Keeper, connections: number) {
  const { request, end } = conversationFor(protocol, true);
  const body = BODY.toString();
  const expected = { body, end: end ? Buffer.from(end).toString('latin1') : body };
  const probe = new URL('./servers/memory.js', import.meta.url).href;
  const { server, child } = await startScript(name, args, ['--expose-gc', '--import', probe]);
  const sockets: Socket[] = [];
  try {
    await run(server.port, { ...WARM_UP, request: Buffer.from(request) }, expected);
    const before = await memoryOf(child);
    while (sockets.length < connections) {
      const some = Array.from({ length: Math.min(AT_ONCE, connections - sockets.length) }, () =>
        connect(server.port, '127.0.0.1').setEncoding('latin1'),
      );
      await Promise.all(some.map((socket) => ask(socket, request, expected)));
      sockets.push(...some);
    }
    const after = await memoryOf(child);
    await Promise.all(sockets.map((socket) => ask(socket, request, expected)));
    return { rss: after.rss - before.rss, state: after.state - before.state };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.stop();
  }
}

async function memoryOf(child: ChildProcess): Promise<Memory> {
  child.send('memory');
  const [memory] = (await once(child, 'message')) as [Memory];
  return memory;
}

/** Sends a request on a connection, which stays open. */
function ask(socket: Socket, request: Uint8Array, expected: Expected): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const fail = () => reject(new Error(`wrong answer on an idle connection: ${answer}`));
    socket.removeAllListeners('data').removeAllListeners('close').on('error', reject);
    socket.on('close', fail).on('data', (chunk) => {
      answer += chunk;
      if (!answer.endsWith(expected.end)) return;
      if (isRight(answer, expected)) resolve();
      else fail();
    });
    socket.write(request);
  });
}

// The load: a number of clients, each sending its next request when it has its answer.
import { connect, type Socket } from 'node:net';

/** A load. */
export interface Load {
  readonly request: Buffer;
  /** Whether a connection carries one request, or as many as it can. */
  readonly kept: boolean;
  readonly clients: number;
  readonly requests: number;
}

/** What every answer holds, and what it ends with. */
export interface Expected {
  readonly body: string;
  readonly end: string;
}

/** Whether an answer is complete and the right one. */
export function isRight(answer: string, { body, end }: Expected): boolean {
  return answer.endsWith(end) && answer.includes(body);
}

/**
 * Sends requests.
 *
 * @throws Error when an answer is missing or is not the right one
 */
export async function run(port: number, load: Load, expected: Expected): Promise<void> {
  let left = load.requests;
  const client = load.kept ? keptClient : oneShotClient;
  const take = () => left-- > 0;
  await Promise.all(
    Array.from({ length: load.clients }, () => client(port, load.request, expected, take)),
  );
}

async function oneShotClient(
  port: number,
  request: Buffer,
  expected: Expected,
  take: () => boolean,
): Promise<void> {
  while (take()) {
    await new Promise<void>((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1');
      socket.setEncoding('latin1').on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () =>
        isRight(answer, expected) ? resolve() : reject(new Error(`wrong answer: ${answer}`)),
      );
      socket.write(request);
    });
  }
}

async function keptClient(
  port: number,
  request: Buffer,
  expected: Expected,
  take: () => boolean,
): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    let answer = '';
    const next = () => {
      if (take()) socket.write(request);
      else socket.end();
    };
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('connect', next);
    socket.on('data', (chunk) => {
      answer += chunk;
      if (!answer.endsWith(expected.end)) return;
      if (!isRight(answer, expected)) reject(new Error(`wrong answer: ${answer}`));
      answer = '';
      next();
    });
    socket.on('error', reject);
    socket.on('close', () =>
      answer === '' ? resolve() : reject(new Error(`wrong answer: ${answer}`)),
    );
  });
}

// Asks the control socket of a running server, and says why nobody answers.
import { statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { userInfo } from 'node:os';
import type { ServerStatus } from '@sluice/monitor';
import { printable, SluiceError } from '@sluice/protocol';
import { MANAGEMENT_SERVER } from '../control/management-http.ts';

const PATIENCE = 10; // seconds beyond what was asked to be waited for

/** What a server answers when it has done something, or not yet. */
export interface Done {
  readonly done?: string;
  readonly workers?: number;
  /** Where there are so many, when it is not the server. */
  readonly each?: string;
  /** Why it is not done, or not yet. */
  readonly error?: string;
  readonly message?: string;
}

/** The control socket of a server. */
export class ControlClient {
  readonly #path: string;

  /** @param path - of the socket */
  constructor(path: string) {
    this.#path = path;
  }

  /** Asks for text. @throws SluiceError `ERR_CONTROL_UNREACHABLE`, `ERR_CONTROL_FAILED` */
  async text(target: string): Promise<string> {
    const { status, text } = await this.#ask('GET', target, 0);
    if (status !== 200) throw failed((JSON.parse(text) as Done).error ?? text);
    return text;
  }

  /** Asks what is going on. @throws as `text()` does */
  async status(): Promise<ServerStatus> {
    const status: ServerStatus = JSON.parse(await this.text('/status'));
    return {
      ...status,
      workers: status.workers.map((worker) => ({ ...worker, thread: worker.thread ?? undefined })),
    };
  }

  /**
   * Has something done.
   *
   * @param target - path and parameters
   * @param wait - seconds that it may take
   * @throws SluiceError `ERR_CONTROL_UNREACHABLE`; `ERR_CONTROL_FAILED` with the words of the server
   */
  async do(target: string, wait: number): Promise<Done> {
    const { status, text } = await this.#ask('POST', target, wait);
    const answer: Done = JSON.parse(text);
    if (status !== 200) throw failed(answer.error ?? answer.message ?? text);
    return answer;
  }

  async #ask(method: string, path: string, wait: number) {
    const seconds = wait + PATIENCE;
    const signal = AbortSignal.timeout(seconds * 1000);
    try {
      const incoming = await this.#send({ method, path, signal });
      let text = '';
      for await (const block of incoming.setEncoding('utf8')) text += block;
      if (incoming.headers.server !== MANAGEMENT_SERVER)
        throw unreachable(`what answers at ${this.#path} is no control socket`);
      return { status: incoming.statusCode, text };
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      if (signal.aborted)
        throw unreachable(`no answer at ${this.#path} within ${seconds} s: the server hangs`);
      throw unreachable(reasonOf(error as NodeJS.ErrnoException, this.#path), error);
    }
  }

  #send(options: { method: string; path: string; signal: AbortSignal }): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...options, socketPath: this.#path, agent: false }, resolve);
      outgoing.on('error', reject).end();
    });
  }
}

function reasonOf(error: NodeJS.ErrnoException, path: string): string {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no control socket ${path}: is the server running, with --control ${path}?`;
    case 'ECONNREFUSED':
      return isSocket(path)
        ? `nobody listens at ${path} any more: is the server running?`
        : `${path} is a file and no control socket`;
    case 'EACCES':
    case 'EPERM':
      return `the user ${userInfo().username} may not connect to ${path}: ${ownerOf(path)}`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `whoever listens at ${path} hung up without an answer`;
    default:
      return `${path} does not answer: ${error.message}`;
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

function ownerOf(path: string): string {
  try {
    return `it is for the user with id ${statSync(path).uid}, who runs the server, and for root`;
  } catch {
    return 'its folder is closed to this user';
  }
}

function unreachable(message: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_CONTROL_UNREACHABLE', message, cause);
}

function failed(message: string): SluiceError {
  return new SluiceError('ERR_CONTROL_FAILED', printable(message));
}

// One request as the web server's side keeps it.
import { Role } from './constants.ts';
import type { AnsweringState } from './reading.ts';

/** Which command may come next: the input of a request is written in this order. */
const WRITING = {
  stdin: { body: 'stdin', 'body-end': 'done' },
  // a Filter
  'stdin before data': { body: 'stdin before data', 'body-end': 'data' },
  data: { data: 'data', 'data-end': 'done' },
  done: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type WritingState = keyof typeof WRITING;

/** What is known of a request that was begun. */
export class ClientRequest {
  answering: AnsweringState = 'open';
  #writing: WritingState;

  constructor(role: Role) {
    this.#writing = role === Role.FILTER ? 'stdin before data' : 'stdin';
  }

  /** Moves the writing on by a command; false when it cannot come now. */
  write(command: 'body' | 'body-end' | 'data' | 'data-end'): boolean {
    const moves: Readonly<Record<string, WritingState>> = WRITING[this.#writing];
    const next = moves[command];
    if (next === undefined) return false;
    this.#writing = next;
    return true;
  }
}

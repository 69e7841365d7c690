// One request as the application's side keeps it.
import { Block } from './block.ts';
import type { Role } from './constants.ts';
import { type Machine, machineOf, type ReadingState } from './reading.ts';

/** What is known of a request from its BEGIN_REQUEST on. */
export class ServerRequest {
  readonly id: number;
  readonly role: Role;
  readonly keep: boolean;
  readonly machine: Machine<ReadingState>;
  state: ReadingState = 'params';
  /** The parameters as they come. */
  readonly params = new Block();
  /** Bytes of body still to come; infinite when only the end of STDIN tells. */
  due = Number.POSITIVE_INFINITY;
  /** Whether STDIN carries the bytes of an upgraded connection. */
  upgraded = false;
  /** Whether the end of the body, or its failure, was reported. */
  bodyEnded = false;
  /** Whether END_REQUEST was sent: what still comes of STDIN is read, but the id is free. */
  answered = false;
  /** Whether STDERR was used, and so has to be ended. */
  stderr = false;

  constructor(id: number, role: Role, keep: boolean) {
    this.id = id;
    this.role = role;
    this.keep = keep;
    this.machine = machineOf(role);
  }
}

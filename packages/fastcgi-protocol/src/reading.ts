// Which record may come when: the requests of a connection as tables.
//
// Theory: each request has a state of its own, and only records of its id move it. An input is a
// record type, with _END for the empty record that ends a stream. What is not listed is an error;
// once the request is answered it is ignored. BEGIN_REQUEST makes a request and is no input of one.
import { Role } from './constants.ts';

/** States, and for each the inputs that it takes with the states that they lead to. */
export type Machine<State extends string = string> = {
  readonly [Name in State]: { readonly [Name in Input]?: State };
};

/** Where the reading of a request stands. */
export type ReadingState = 'params' | 'stdin' | 'data' | 'done' | 'aborted';

/** Where the reading of an answer stands. */
export type AnsweringState = 'open' | 'closed' | 'ended';

/** A record as the tables name it; OTHER is a type that no request has. */
export type Input =
  | ('OTHER' | 'BEGIN_REQUEST' | 'ABORT_REQUEST' | 'END_REQUEST')
  | ('PARAMS' | 'STDIN' | 'STDOUT' | 'STDERR' | 'DATA')
  | ('PARAMS_END' | 'STDIN_END' | 'STDOUT_END' | 'STDERR_END' | 'DATA_END');

const FILLED: readonly Input[] = [
  ...(['OTHER', 'BEGIN_REQUEST', 'ABORT_REQUEST', 'END_REQUEST'] as const),
  ...(['PARAMS', 'STDIN', 'STDOUT', 'STDERR', 'DATA'] as const),
];
const EMPTY: readonly Input[] = [
  ...(['OTHER', 'BEGIN_REQUEST', 'ABORT_REQUEST', 'END_REQUEST'] as const),
  ...(['PARAMS_END', 'STDIN_END', 'STDOUT_END', 'STDERR_END', 'DATA_END'] as const),
];

/** What to drain when a web server has given up: it was on its way. */
const ABORTED = {
  STDIN: 'aborted',
  STDIN_END: 'aborted',
  DATA: 'aborted',
  DATA_END: 'aborted',
  ABORT_REQUEST: 'aborted',
  OTHER: 'aborted',
} as const;

/** A Responder or Authorizer request, seen from the application (FastCGI 1.0, sections 6.2 and 6.3). */
export const READING = {
  params: { PARAMS: 'params', PARAMS_END: 'stdin', ABORT_REQUEST: 'aborted', OTHER: 'params' },
  stdin: { STDIN: 'stdin', STDIN_END: 'done', ABORT_REQUEST: 'aborted', OTHER: 'stdin' },
  data: {}, // never: DATA is the Filter's
  // flup's client ends DATA whatever the role
  done: { DATA_END: 'done', ABORT_REQUEST: 'aborted', OTHER: 'done' },
  aborted: ABORTED,
} as const satisfies Machine<ReadingState>;

/** A Filter request, seen from the application: DATA follows STDIN (section 6.4). */
export const READING_FILTER = {
  params: READING.params,
  stdin: { STDIN: 'stdin', STDIN_END: 'data', ABORT_REQUEST: 'aborted', OTHER: 'stdin' },
  data: { DATA: 'data', DATA_END: 'done', ABORT_REQUEST: 'aborted', OTHER: 'data' },
  done: { ABORT_REQUEST: 'aborted', OTHER: 'done' },
  aborted: ABORTED,
} as const satisfies Machine<ReadingState>;

/** An answer, seen from the web server (section 6.1). php-fpm ends it without the empty STDOUT. */
export const ANSWERING = {
  open: {
    STDOUT: 'open',
    STDOUT_END: 'closed',
    STDERR: 'open',
    STDERR_END: 'open',
    END_REQUEST: 'ended',
    OTHER: 'open',
  },
  closed: {
    STDOUT_END: 'closed',
    STDERR: 'closed',
    STDERR_END: 'closed',
    END_REQUEST: 'ended',
    OTHER: 'closed',
  },
  ended: {},
} as const satisfies Machine<AnsweringState>;

/** The table of a role. */
export function machineOf(role: Role): Machine<ReadingState> {
  return role === Role.FILTER ? READING_FILTER : READING;
}

/** Names a record of a request as the tables do. */
export function inputOf(type: number, contentLength: number): Input {
  return (contentLength > 0 ? FILLED[type] : EMPTY[type]) ?? 'OTHER';
}

// Watches the requests of one worker: counts them for whoever asks, and ends those that take too long.
import { type Board, describeRequest, keepBeat, type RunningRequest } from '@sluice/concurrency';
import type { Environ, ObservedExchange, RequestEnd, RequestObserver } from '@sluice/gateway';
import { GatewayError } from '@sluice/protocol';

/** Keeps the board of a worker. */
export class RequestWatch implements RequestObserver {
  readonly #board: Board;
  readonly #running: (ObservedExchange | undefined)[] = [];
  readonly #endBeat: () => void;
  readonly #overdue: (line: string) => void;
  readonly #ended: (count: number) => void;

  /**
   * @param board - where requests are written down
   * @param ended - is called with the number of requests after each one
   * @param overdue - is called with a line when a request was ended because it took too long
   */
  constructor(board: Board, ended: (count: number) => void, overdue: (line: string) => void) {
    this.#board = board;
    this.#ended = ended;
    this.#overdue = overdue;
    this.#endBeat = keepBeat(board, (overdue) => this.#expire(overdue));
  }

  begin(environ: Environ, request: ObservedExchange): RequestEnd {
    const slot = this.#board.begin(environ.REQUEST_METHOD ?? '-', urlOf(environ));
    if (slot >= 0) this.#running[slot] = request;
    return {
      end: () => {
        if (slot >= 0) this.#running[slot] = undefined;
        this.#board.end(slot);
        this.#ended(this.#board.ended);
      },
    };
  }

  /** Watches no more. */
  close(): void {
    this.#endBeat();
  }

  #expire(overdue: RunningRequest): void {
    const line = `${describeRequest(overdue)}: it has taken too long, and is ended`;
    this.#running[overdue.slot]?.expire(new GatewayError('ERR_GATEWAY_OVERDUE', line), 504);
    this.#overdue(line);
  }
}

/** What was requested, as well as the variables tell. */
function urlOf({ REQUEST_URI, SCRIPT_NAME, PATH_INFO, QUERY_STRING }: Environ): string {
  if (REQUEST_URI) return REQUEST_URI as string;
  const path = `${SCRIPT_NAME ?? ''}${PATH_INFO ?? ''}`;
  return QUERY_STRING ? `${path}?${QUERY_STRING}` : path;
}

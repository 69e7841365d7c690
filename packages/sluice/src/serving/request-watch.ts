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
  readonly #begun: (count: number) => void;
  #count = 0;

  /**
   * @param board - where requests are written down
   * @param begun - is called with the number of requests when each one begins, so that its answer can be the last
   * @param overdue - is called with a line when a request was ended because it took too long
   */
  constructor(board: Board, begun: (count: number) => void, overdue: (line: string) => void) {
    this.#board = board;
    this.#begun = begun;
    this.#overdue = overdue;
    this.#endBeat = keepBeat(board, (overdue) => this.#expire(overdue));
  }

  begin(environ: Environ, request: ObservedExchange): RequestEnd {
    const slot = this.#board.begin(environ.REQUEST_METHOD ?? '-', urlOf(environ));
    if (slot >= 0) this.#running[slot] = request;
    this.#begun(++this.#count);
    return {
      end: () => {
        if (slot >= 0) this.#running[slot] = undefined;
        this.#board.end(slot);
      },
    };
  }

  /** Watches no more. */
  close(): void {
    this.#endBeat();
  }

  #expire(overdue: RunningRequest): void {
    const line = `${describeRequest(overdue)}: it has taken too long, and is ended`;
    this.#running[overdue.slot]?.expire(new GatewayError('ERR_REQUEST_OVERDUE', line), 504);
    this.#overdue(line);
  }
}

/** What was requested, as well as the variables tell. */
function urlOf({ REQUEST_URI, SCRIPT_NAME, PATH_INFO, QUERY_STRING }: Environ): string {
  if (REQUEST_URI) return REQUEST_URI as string;
  const path = `${SCRIPT_NAME ?? ''}${PATH_INFO ?? ''}`;
  return QUERY_STRING ? `${path}?${QUERY_STRING}` : path;
}

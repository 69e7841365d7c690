// The part of the watching that a worker does itself: it shows that its event loop turns.
import type { Board, RunningRequest } from './board.ts';

const PERIOD = 100; // milliseconds

/**
 * Writes the beat of the event loop of this thread on its board, and looks there for requests that
 * are overdue. Does not keep the thread alive.
 *
 * @param board - of this thread
 * @param onOverdue - called once for each request that has reached the request timeout while the event loop still turns
 * @returns ends it; from then on nobody takes this thread for stuck
 */
export function keepBeat(
  board: Board,
  onOverdue: (request: RunningRequest) => void = () => {},
): () => void {
  const turn = () => {
    board.beat();
    for (const request of board.takeOverdue()) onOverdue(request);
  };
  turn();
  const timer = setInterval(turn, PERIOD).unref();
  return () => {
    clearInterval(timer);
    board.endBeat();
  };
}

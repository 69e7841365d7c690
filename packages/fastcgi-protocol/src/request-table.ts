// The requests of one connection by id: active ones, and answered ones whose STDIN still comes.
import type { ServerRequest } from './server-request.ts';

/** Requests by id. */
export class RequestTable {
  readonly #requests = new Map<number, ServerRequest>();
  readonly #maxAnswered: number;
  #active = 0;
  #answered = 0;

  /** @param maxAnswered - how many answered requests are kept, so that ids without end take no memory without end */
  constructor(maxAnswered: number) {
    this.#maxAnswered = maxAnswered;
  }

  /** How many requests have begun and are not answered. */
  get active(): number {
    return this.#active;
  }

  /** The request with an id, active or answered. */
  find(id: number): ServerRequest | undefined {
    return this.#requests.get(id);
  }

  /** Adds an active request; an answered one with its id is forgotten. */
  add(request: ServerRequest): void {
    const before = this.#requests.get(request.id);
    if (before) this.#forgetAnswered(before);
    this.#requests.set(request.id, request);
    this.#active++;
  }

  /** Ends an active request, and keeps it as answered while more of its input is to come. */
  end(request: ServerRequest): void {
    request.answered = true;
    this.#active--;
    this.#answered++;
    this.forgetComplete(request);
    if (this.#answered > this.#maxAnswered) this.#forgetOldest();
  }

  /** Forgets an answered request if nothing more of its input can come. */
  forgetComplete(request: ServerRequest): void {
    if (request.state !== 'stdin' && request.state !== 'data') this.#forgetAnswered(request);
  }

  /** All active requests. */
  *actives(): Generator<ServerRequest> {
    for (const request of this.#requests.values()) if (!request.answered) yield request;
  }

  #forgetOldest(): void {
    for (const request of this.#requests.values()) {
      if (!request.answered) continue;
      this.#forgetAnswered(request);
      return;
    }
  }

  #forgetAnswered({ id }: ServerRequest): void {
    this.#requests.delete(id);
    this.#answered--;
  }
}

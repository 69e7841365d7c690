// The requests of one connection by id: active ones, and answered ones whose STDIN still comes.
import type { ServerRequest } from './server-request.ts';

/** Requests by id. */
export class RequestTable {
  /** A list, since there is one nearly always; a Map that gains and loses one each time costs more. */
  readonly #requests: ServerRequest[] = [];
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
    for (const request of this.#requests) if (request.id === id) return request;
    return undefined;
  }

  /** Adds an active request; an answered one with its id is forgotten. */
  add(request: ServerRequest): void {
    const before = this.find(request.id);
    if (before) this.#forgetAnswered(before);
    this.#requests.push(request);
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
  actives(): ServerRequest[] {
    return this.#requests.filter(({ answered }) => !answered);
  }

  #forgetOldest(): void {
    const oldest = this.#requests.find(({ answered }) => answered);
    if (oldest) this.#forgetAnswered(oldest);
  }

  #forgetAnswered(request: ServerRequest): void {
    const at = this.#requests.indexOf(request);
    if (at < 0) return;
    if (this.#requests.length === 1) this.#requests.pop();
    else this.#requests.splice(at, 1);
    this.#answered--;
  }
}

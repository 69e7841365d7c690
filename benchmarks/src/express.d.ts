// Express has no types of its own: what the benchmark calls of it.
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Answer extends ServerResponse {
    type(name: string): Answer;
    send(body: string): Answer;
  }
  interface Application {
    (request: IncomingMessage, response: ServerResponse): void;
    get(path: string, handler: (request: IncomingMessage, response: Answer) => void): Application;
  }
  export default function express(): Application;
}

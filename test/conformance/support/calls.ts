// Requests of tests through a back-end, and what is awaited of the answers.
import { type Answer, call, testEnviron } from '@sluice/gateway/testing';
import type { Application } from 'sluice';

/** Calls an application of every.js behind a back-end. */
export function ask(
  backEnd: Application,
  application: string,
  variables: Readonly<Record<string, unknown>> = {},
  body: Uint8Array | string | null = null,
): Promise<Answer> {
  const method = body === null ? 'GET' : 'POST';
  return call(
    backEnd,
    { REQUEST_METHOD: method, HTTP_X_APP: application, REMOTE_ADDR: '127.0.0.1', ...variables },
    body,
  );
}

/** The first value of a header of an answer. */
export function header(answer: Answer, name: string): string | undefined {
  return answer.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

/** The environ that the application behind a back-end was called with. */
export async function environOf(
  backEnd: Application,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<ReadonlyMap<string, string | boolean>> {
  const { text } = await ask(backEnd, 'environ', variables);
  return new Map(JSON.parse(text));
}

/** A request that can be watched: its answer is iterated by hand, and its client can leave. */
export async function begin(
  backEnd: Application,
  application: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<{ blocks: AsyncIterator<Uint8Array>; leave: () => void; close: () => Promise<void> }> {
  const controller = new AbortController();
  const environ = testEnviron({
    HTTP_X_APP: application,
    REMOTE_ADDR: '127.0.0.1',
    ...variables,
    'sluice.signal': controller.signal,
  });
  const body = (await backEnd(environ, () => async () => true)) as AsyncIterable<Uint8Array> & {
    close?(): unknown;
  };
  const blocks = body[Symbol.asyncIterator]();
  return {
    blocks,
    leave: () => controller.abort(),
    async close() {
      await (body.close ? body.close() : blocks.return?.());
    },
  };
}

// Where the JavaScript of another thread is, even while that thread is in an endless loop: a debugger
// stops it for some milliseconds, looks and lets it go on.
import type { Debugger, InspectorNotification, NodeWorker, Session } from 'node:inspector';

/** The lines of a stack as V8 writes them, `at name (file:line:column)`. */
export type StackLines = readonly string[];

/** The debugger of one thread. */
interface Tracer {
  send(method: string): void;
  close(): void;
}

/** Opens a debugger; what it says goes to `receive`. */
type Open = (session: Session, receive: Receive) => Tracer;
type Receive = (method: string | undefined, params: unknown) => void;

const MOST = 30; // frames: the innermost ones

/**
 * The stack of the main thread, asked for in another thread of the process.
 *
 * @param within - milliseconds
 * @returns undefined when there is none in that time: the thread runs no JavaScript, but waits or is in native code
 */
export function stackOfMainThread(within: number): Promise<StackLines | undefined> {
  return trace(within, (session, receive) => {
    session.connectToMainThread();
    session.on('inspectorNotification', ({ method, params }: InspectorNotification<unknown>) =>
      receive(method, params),
    );
    return {
      send: (method) => session.post(method),
      close: () => session.disconnect(),
    };
  });
}

/**
 * The stack of a `worker_thread` that this thread has started, asked for while this thread is free.
 *
 * @param threadId - of the worker
 * @param within - milliseconds
 * @returns as {@link stackOfMainThread}
 */
export function stackOfThread(threadId: number, within: number): Promise<StackLines | undefined> {
  return trace(within, (session, receive) => {
    let sessionId: string | undefined;
    let sent = 0;
    const waiting: string[] = [];
    const send = (method: string) => {
      if (sessionId === undefined) {
        waiting.push(method);
        return;
      }
      sent += 1;
      const message = JSON.stringify({ id: sent, method });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    };
    session.connect();
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      if (!isThread(params.workerInfo, threadId)) return;
      sessionId = params.sessionId;
      for (const method of waiting.splice(0)) send(method);
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId !== sessionId) return;
      const message = JSON.parse(params.message) as { method?: string; params?: unknown };
      receive(message.method, message.params);
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return {
      send,
      close: () => session.post('NodeWorker.disable', () => session.disconnect()),
    };
  });
}

/** The title is the only thing that tells which thread it is. */
function isThread({ title }: NodeWorker.WorkerInfo, threadId: number): boolean {
  return title === `Worker ${threadId}` || title.startsWith(`[worker ${threadId}]`);
}

async function trace(within: number, open: Open): Promise<StackLines | undefined> {
  try {
    const { Session } = await import('node:inspector'); // which costs memory, and need not be there
    return await pauseOnce(new Session(), within, open);
  } catch {
    return undefined; // a Node.js without inspector, or one that does not permit it
  }
}

function pauseOnce(session: Session, within: number, open: Open): Promise<StackLines | undefined> {
  return new Promise((resolve) => {
    let lines: StackLines | undefined;
    let isDone = false;
    const scripts = new Map<string, string>(); // ids and URLs
    const tracer = open(session, (method, params) => {
      if (method === 'Debugger.scriptParsed') {
        const { scriptId, url } = params as Debugger.ScriptParsedEventDataType;
        scripts.set(scriptId, url);
      } else if (method === 'Debugger.paused') {
        lines ??= linesOf((params as Debugger.PausedEventDataType).callFrames, scripts);
        tracer.send('Debugger.resume');
      } else if (method === 'Debugger.resumed') finish();
    });
    const finish = () => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      tracer.send('Debugger.disable');
      tracer.close();
      resolve(lines);
    };
    const timer = setTimeout(finish, within);
    tracer.send('Debugger.enable');
    tracer.send('Debugger.pause');
  });
}

function linesOf(
  frames: readonly Debugger.CallFrame[],
  scripts: ReadonlyMap<string, string>,
): StackLines {
  const lines = frames.slice(0, MOST).map(({ functionName, location }) => {
    const { scriptId, lineNumber, columnNumber = 0 } = location; // counted from 0
    const url = scripts.get(scriptId) || '<anonymous>';
    const place = `${url}:${lineNumber + 1}:${columnNumber + 1}`;
    return functionName ? `at ${functionName} (${place})` : `at ${place}`;
  });
  return frames.length > MOST ? [...lines, `${frames.length - MOST} more`] : lines;
}

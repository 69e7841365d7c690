// A table that follows a server: `top` for workers.
import { printable } from '@sluice/gateway';
import type { ServerStatus } from './statistics.ts';
import { statusTable } from './status-table.ts';

const ENTER = '\x1b[?1049h\x1b[?25l'; // another screen, without a cursor: what was there before comes back
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const REST_OF_LINE = '\x1b[K';
const REST_OF_SCREEN = '\x1b[J';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const LEAVING = ['q', 'Q', '\x03']; // Ctrl-C is a byte in raw mode

/** What a live table reads keys from: `process.stdin`. */
export type KeyInput = Pick<
  NodeJS.ReadStream,
  'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'
>;

/** What a live table is drawn on: `process.stdout`. */
export type TableOutput = Pick<
  NodeJS.WriteStream,
  'isTTY' | 'columns' | 'rows' | 'write' | 'on' | 'off'
>;

/** How a live table is shown. */
export interface LiveTableOptions {
  /** Milliseconds between two questions; 1000 by default. */
  readonly interval?: number | undefined;
  /** Where keys come from; the standard input by default. */
  readonly input?: KeyInput | undefined;
  /** Where it is drawn; the standard output by default. */
  readonly output?: TableOutput | undefined;
}

/**
 * Shows the status of a server again and again. On a terminal the table is redrawn in place, and q or
 * Ctrl-C leaves; elsewhere one table follows the other.
 */
export class LiveTable {
  readonly #ask: () => Promise<ServerStatus>;
  readonly #interval: number;
  readonly #input: KeyInput;
  readonly #output: TableOutput;
  #status: ServerStatus | undefined;
  #trouble = '';
  #timer: NodeJS.Timeout | undefined;
  #leave: (() => void) | undefined;

  /** @param ask - gives the status of the server
   * @param options - see {@link LiveTableOptions} */
  constructor(ask: () => Promise<ServerStatus>, options: LiveTableOptions = {}) {
    this.#ask = ask;
    this.#interval = options.interval ?? 1000;
    this.#input = options.input ?? process.stdin;
    this.#output = options.output ?? process.stdout;
  }

  /**
   * Shows the table until somebody leaves it, nobody reads the output any more, or the process is told to
   * end; settles then, with the terminal as it was. A server that does not answer is shown as such, and
   * asked again.
   *
   * @throws what the first question fails with
   */
  async run(): Promise<void> {
    this.#status = await this.#ask();
    const left = new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
    const restore = this.#open();
    try {
      this.#draw();
      this.#wait();
      await left;
    } finally {
      this.#leave = undefined;
      clearTimeout(this.#timer);
      restore();
    }
  }

  /** Leaves it, as q does. */
  stop(): void {
    this.#leave?.();
  }

  /** Takes keys, signals and the screen; returns how all of it is given back. */
  #open(): () => void {
    const input = this.#input;
    const output = this.#output;
    const stop = () => this.stop();
    const redraw = () => this.#draw();
    const press = (keys: Buffer | string) => {
      if (LEAVING.some((key) => keys.includes(key))) stop();
    };
    const takesKeys = output.isTTY && input.isTTY;
    for (const signal of SIGNALS) process.on(signal, stop);
    output.on('error', stop); // EPIPE: nobody reads it
    if (output.isTTY) {
      output.on('resize', redraw);
      output.write(ENTER);
    }
    if (takesKeys) {
      input.setRawMode(true);
      input.on('data', press);
      input.resume();
    }
    return () => {
      if (takesKeys) {
        input.off('data', press);
        input.setRawMode(false);
        input.pause();
      }
      if (output.isTTY) {
        output.off('resize', redraw);
        output.write(LEAVE);
      }
      for (const signal of SIGNALS) process.off(signal, stop);
      if (output.isTTY) output.off('error', stop); // a pipe may still have an error to tell
    };
  }

  #wait(): void {
    this.#timer = setTimeout(async () => {
      try {
        this.#status = await this.#ask();
        this.#trouble = '';
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#trouble = printable(`no answer: ${why}`);
      }
      if (!this.#leave) return;
      this.#draw();
      this.#wait();
    }, this.#interval);
  }

  #draw(): void {
    if (!this.#status) return;
    const output = this.#output;
    if (!output.isTTY) {
      output.write(this.#trouble ? `${this.#trouble}\n\n` : `${statusTable(this.#status)}\n`);
      return;
    }
    const columns = output.columns || 80; // 0: the terminal does not know
    const rows = output.rows || 24;
    const table = statusTable(this.#status, columns).split('\n').slice(0, -1);
    if (this.#trouble) table.splice(0, 1, this.#trouble.slice(0, columns));
    const room = Math.max(1, rows - 1); // a line feed on the last row would scroll
    const shown = table.length <= room ? table : table.slice(0, room - 1);
    if (shown.length < table.length) shown.push(`... ${table.length - shown.length} more`);
    const drawn = shown.map((line) => `${line}${REST_OF_LINE}\n`).join('');
    output.write(`${HOME}${drawn}${REST_OF_SCREEN}`);
  }
}

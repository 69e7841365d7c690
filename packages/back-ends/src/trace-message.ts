// Shows a message with a header block, as CGI and HTTP have them: its lines, and how much follows.
import { fromLatin1 } from '@sluice/protocol';
import { headerLine, hexText, sizeText } from './trace-lines.ts';

const LONGEST = 65_536; // bytes of a line: what is longer is no header
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no header has
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d\b/;

/** One message: header lines, then body. Interim answers of HTTP are heads with another one behind. */
export class MessageTrace {
  #state: 'head' | 'body' | 'garbage' = 'head';
  #line = '';
  #isInterim = false;
  #framing = '';
  #size = 0; // bytes of body so far

  /** Shows the next bytes. */
  take(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let at = 0;
    while (at < bytes.length && this.#state === 'head') at = this.#takeLine(bytes, at, lines);
    const size = bytes.length - at;
    if (size === 0) return lines;
    if (this.#state === 'garbage') return [...lines, sizeText(size)];
    this.#size += size;
    const soFar = this.#size > size ? `, ${this.#size} so far` : '';
    lines.push(`${sizeText(size)} of body${this.#framing}${soFar}`);
    return lines;
  }

  /** Shows what came of a line that is not complete. */
  finish(): string[] {
    if (this.#state !== 'head' || this.#line === '') return [];
    return [`${headerLine(this.#line)} (the line is not complete)`];
  }

  #takeLine(bytes: Uint8Array, at: number, lines: string[]): number {
    const lineFeed = bytes.indexOf(0x0a, at);
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
    this.#line += fromLatin1(bytes, at, end);
    const line = this.#line.replace(/\r?\n$/, '');
    if (CONTROL.test(line) || line.length > LONGEST) {
      this.#state = 'garbage';
      lines.push(`no header: ${hexText(Buffer.from(this.#line, 'latin1'))}`);
    } else if (lineFeed >= 0) {
      this.#line = '';
      if (line === '') this.#endHead();
      else lines.push(this.#header(line));
    }
    return end;
  }

  #header(line: string): string {
    if (INTERIM.test(line)) this.#isInterim = true;
    if (/^transfer-encoding:.*\bchunked\b/i.test(line)) this.#framing = ', in chunks';
    return headerLine(line);
  }

  #endHead(): void {
    if (!this.#isInterim) this.#state = 'body';
    this.#isInterim = false;
  }
}

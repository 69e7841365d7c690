// Writes one SCGI request to an SCGI server and passes its answer on (protocol text of 2008-06-23).
//
// Theory: the request is a netstring of headers and then the body; the answer has no framing of its
// own, it ends where the server closes. What it means is CGI's business (package cgi-protocol).
import { type Codec, ProtocolError, toLatin1 } from '@sluice/protocol';

/** What a {@link ScgiClientCodec} sends. */
export type ScgiClientCommand =
  | {
      /** The request's headers; CONTENT_LENGTH and SCGI are written by the codec, first. */
      readonly type: 'request';
      /** Name, value, name, value … */
      readonly variables: readonly string[];
      /** Bytes of body that `body` commands will bring, exactly. */
      readonly contentLength: number;
    }
  | { /** Bytes of the body. */ readonly type: 'body'; readonly chunk: Uint8Array };

/** What a {@link ScgiClientCodec} reports: the answer's bytes, and its end. */
export type ScgiClientEvent =
  | { readonly type: 'data'; readonly chunk: Uint8Array }
  | { readonly type: 'end' };

/** Writes one SCGI request and passes its answer on. */
export class ScgiClientCodec implements Codec<ScgiClientEvent, ScgiClientCommand> {
  #due = 0;

  feed(chunk: Uint8Array): ScgiClientEvent[] {
    return chunk.length > 0 ? [{ type: 'data', chunk }] : [];
  }

  finish(): ScgiClientEvent[] {
    return [{ type: 'end' }];
  }

  /**
   * Turns a command into bytes.
   *
   * @throws ProtocolError `ERR_SCGI_COMMAND` (blame `local`) for an empty name, a NUL, or more body than announced
   */
  encode(command: ScgiClientCommand): Uint8Array {
    switch (command.type) {
      case 'request':
        return this.#request(command.variables, command.contentLength);
      case 'body':
        this.#due -= command.chunk.length;
        if (this.#due < 0) throw refuse(`${-this.#due} bytes of body more than CONTENT_LENGTH`);
        return command.chunk;
    }
  }

  #request(variables: readonly string[], contentLength: number): Uint8Array {
    if (!Number.isSafeInteger(contentLength) || contentLength < 0) {
      throw refuse(`CONTENT_LENGTH cannot be ${contentLength}`);
    }
    this.#due = contentLength;
    let block = `CONTENT_LENGTH\0${contentLength}\0SCGI\x001\0`;
    for (let at = 0; at + 1 < variables.length; at += 2) {
      const name = variables[at] as string;
      const value = variables[at + 1] as string;
      if (name === 'CONTENT_LENGTH' || name === 'SCGI') continue;
      if (name === '') throw refuse('a header without a name');
      if (name.includes('\0') || value.includes('\0'))
        throw refuse(`header ${JSON.stringify(name)} holds NUL`);
      block += `${name}\0${value}\0`;
    }
    return toLatin1(`${block.length}:${block},`);
  }
}

function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_SCGI_COMMAND', message, { blame: 'local', statusHint: 400 });
}

// What an application's side of FastCGI reports and takes.
import type { ProtocolError } from '@sluice/protocol';
import type { ProtocolStatus, Role } from './constants.ts';

/** What a {@link FastcgiServerCodec} reports. */
export type FastcgiEvent =
  | {
      /** The parameters are complete; the application may start. */
      readonly type: 'request';
      readonly id: number;
      readonly role: Role;
      /** Whether the web server wants the connection to stay open after this request (KEEP_CONN). */
      readonly keep: boolean;
      /** Name, value, name, value … in wire order, repeated names kept, empty names dropped. */
      readonly variables: string[];
      /** Bytes of body to come; undefined when only the end of STDIN tells. 0 for an Authorizer that is told nothing. */
      readonly contentLength: number | undefined;
      /** Whether there is no body, and no `end` will be reported. */
      readonly ended: boolean;
    }
  | {
      /** Bytes of the body, as a view of what was fed. */
      readonly type: 'body';
      readonly id: number;
      readonly chunk: Uint8Array;
    }
  | {
      /** The body is complete, and STDIN has ended: nothing of the request is still on its way. */
      readonly type: 'end';
      readonly id: number;
    }
  | {
      /** STDIN, or the connection, ended before the body was complete (statusHint 400). */
      readonly type: 'truncated';
      readonly id: number;
      readonly error: ProtocolError;
    }
  | {
      /** Bytes of the file that a Filter is given, as a view of what was fed. */
      readonly type: 'data';
      readonly id: number;
      readonly chunk: Uint8Array;
    }
  | { /** That file is complete. */ readonly type: 'data-end'; readonly id: number }
  | {
      /** The web server gave up a request that was reported. It stays active: answer with the command `end`. */
      readonly type: 'abort';
      readonly id: number;
    }
  | {
      /** What the protocol itself demands as an answer; send it as it is. */
      readonly type: 'reply';
      readonly bytes: Uint8Array;
    }
  | {
      /** Bytes that were dropped: records of no request, or a body beyond CONTENT_LENGTH. */
      readonly type: 'surplus';
      readonly size: number;
    };

/** What a {@link FastcgiServerCodec} sends. */
export type FastcgiCommand =
  | {
      /** Bytes of the answer, a CGI response. */
      readonly type: 'stdout';
      readonly id: number;
      /** Characters U+0000 to U+00FF that go in front of `chunk`. */
      readonly head?: string | undefined;
      readonly chunk?: Uint8Array | undefined;
      /** Whether the request ends with these bytes. */
      readonly last: boolean;
      /** The exit status of the application, 0 by default; goes with `last`. */
      readonly appStatus?: number | undefined;
    }
  | {
      /** Text for the web server's log. */ readonly type: 'stderr';
      readonly id: number;
      readonly chunk: Uint8Array;
    }
  | {
      /** Ends a request whose answer is not, or not completely, sent: STDOUT is left open. */
      readonly type: 'end';
      readonly id: number;
      /** The exit status of the application, 0 by default. */
      readonly appStatus?: number | undefined;
      /** How the request ended for the protocol, REQUEST_COMPLETE by default. */
      readonly protocolStatus?: ProtocolStatus | undefined;
    };

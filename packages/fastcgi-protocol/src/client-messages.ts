// What a web server's side of FastCGI reports and takes.
import type { Role } from './constants.ts';

/** What a {@link FastcgiClientCodec} sends. `id` is 1 where it is not given. */
export type FastcgiClientCommand =
  | {
      /** Begins a request, with all of its parameters. */
      readonly type: 'request';
      /** An id of 1 to 65535 that is not active. */
      readonly id?: number | undefined;
      /** What the application shall be, a Responder by default. */
      readonly role?: Role | undefined;
      /** Whether the application shall leave the connection open after the request. */
      readonly keep: boolean;
      /** Name, value, name, value …, characters U+0000 to U+00FF. */
      readonly variables: readonly string[];
    }
  | {
      /** Bytes of the body. */
      readonly type: 'body';
      readonly id?: number | undefined;
      readonly chunk: Uint8Array;
    }
  | {
      /** Ends the body; every request needs it, also one without a body. */
      readonly type: 'body-end';
      readonly id?: number | undefined;
    }
  | {
      /** Bytes of the file that a Filter is given, behind the body's end. */
      readonly type: 'data';
      readonly id?: number | undefined;
      readonly chunk: Uint8Array;
    }
  | { /** Ends that file. */ readonly type: 'data-end'; readonly id?: number | undefined }
  | {
      /** Gives a request up; the application still answers with its end. */
      readonly type: 'abort';
      readonly id?: number | undefined;
    }
  | {
      /** Asks for values such as `FCGI_MPXS_CONNS`; some applications never answer. */
      readonly type: 'get-values';
      readonly names: readonly string[];
    };

/** What a {@link FastcgiClientCodec} reports. */
export type FastcgiClientEvent =
  | {
      /** Bytes of the answer, a CGI response, as a view of what was fed. */
      readonly type: 'stdout';
      readonly id: number;
      readonly chunk: Uint8Array;
    }
  | {
      /** Text for the log, written by whoever the application heard it from: any bytes. */
      readonly type: 'stderr';
      readonly id: number;
      readonly chunk: Uint8Array;
    }
  | {
      /** The request has ended, and its id is free. */
      readonly type: 'end';
      readonly id: number;
      /** The exit status of the application, 0 to 2^32-1. */
      readonly appStatus: number;
      /** A `ProtocolStatus`, or any other byte. */
      readonly protocolStatus: number;
    }
  | {
      /** The answer to `get-values`: name, value, name, value … of what the application knows. */
      readonly type: 'values';
      readonly values: string[];
    }
  | {
      /** The application does not know a management record that it was sent. */
      readonly type: 'unknown-type';
      readonly recordType: number;
    };

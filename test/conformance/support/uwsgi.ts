// uwsgi by hand: requests to the applications of every.js.
import { packet } from 'uwsgi-protocol/testing';

/** The variables of a request: name, value, name, value … An undefined value leaves one out. */
export function uwsgiVariables(
  application: string,
  more: Readonly<Record<string, string | undefined>> = {},
  body = '',
): string[] {
  const all = {
    QUERY_STRING: '',
    REQUEST_METHOD: body === '' ? 'GET' : 'POST',
    CONTENT_LENGTH: body === '' ? '' : String(body.length),
    REQUEST_URI: '/',
    PATH_INFO: '/',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    HTTP_X_APP: application,
    ...more,
  };
  return Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

/** A whole request; one character is one byte. */
export function uwsgiRequest(
  application: string,
  more: Readonly<Record<string, string | undefined>> = {},
  body = '',
  modifier1 = 0,
  modifier2 = 0,
): Uint8Array {
  return packet(uwsgiVariables(application, more, body), body, modifier1, modifier2);
}

// An HTTP request and its meta-variables (RFC 3875, section 4.1).

/** Header fields, and what becomes of them (section 4.1.18). */
export const FIELDS: {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly variables: Readonly<Record<string, string>>;
} = {
  fields: [
    ['Accept', 'a'],
    ['Accept', 'b'],
    ['X_User', 'evil'],
    ['X-User', 'bob'],
    ['Proxy', 'p'],
    ['Cookie', 'c=1'],
    ['cookie', 'd=2'],
    ['Content-Type', 'text/plain'],
  ],
  variables: {
    HTTP_ACCEPT: 'a, b',
    HTTP_X_USER: 'bob',
    HTTP_COOKIE: 'c=1; d=2',
    CONTENT_TYPE: 'text/plain',
  },
};

/** A path that is decoded on one side and not on the other (sections 4.1.5, 4.1.7 and 4.1.13). */
export const PATH = {
  requestLine: 'GET /cgi/app/a%20b/%C3%A9?x=%31 HTTP/1.1',
  script: '/cgi/app',
  variables: {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: '/cgi/app/a%20b/%C3%A9?x=%31',
    SCRIPT_NAME: '/cgi/app',
    PATH_INFO: '/a b/\u00c3\u00a9',
    QUERY_STRING: 'x=%31',
    SERVER_PROTOCOL: 'HTTP/1.1',
  },
  pathInfoBytes: '2f 61 20 62 2f c3 a9',
} as const;

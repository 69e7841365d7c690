// Header fields and meta-variables (RFC 3875, section 4.1).
import { toLatin1 } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { hex } from '../../../test/vectors/bytes.ts';
import { FIELDS, PATH } from '../../../test/vectors/meta-variables.ts';
import {
  HOP_BY_HOP,
  headerOfVariable,
  isRequestVariable,
  joinHeaderValues,
  variableOfHeader,
} from '../src/meta-variables.ts';

describe('variableOfHeader', () => {
  it.each([
    ['Accept', 'HTTP_ACCEPT'],
    ['X-User', 'HTTP_X_USER'],
    ['x-uSer', 'HTTP_X_USER'],
    ['Content-Type', 'CONTENT_TYPE'],
    ['content-length', 'CONTENT_LENGTH'],
    ['Host', 'HTTP_HOST'],
    ['Content-Length-X', 'HTTP_CONTENT_LENGTH_X'],
    ['constructor', 'HTTP_CONSTRUCTOR'],
    ['1-2', 'HTTP_1_2'],
  ])('makes of %s %s', (name, variable) => {
    expect(variableOfHeader(name)).toBe(variable);
  });

  const underscored = [
    'X_User',
    'X-User_',
    '_',
    '__proto__',
    'Content_Length',
    'Transfer_Encoding',
  ];
  const others = ['X.User', 'X~User', 'X User', 'X:User', 'X\0User', 'X\nUser', 'X=User', "X'"];
  const wide = ['\u00c9', 'X-\u0130', 'x-\u017f', '\u212a', 'user\u00df', 'pro\ufb01le'];
  it.each(['', 'Proxy', 'proxy', 'PROXY', 'pRoXy', ...underscored, ...others, ...wide])(
    'makes none of %j',
    (name) => {
      expect(variableOfHeader(name)).toBe('');
    },
  );

  it('forgets nothing and mixes nothing up after thousands of names', () => {
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 3000; at++) {
        expect(variableOfHeader(`X-N${at}`)).toBe(`HTTP_X_N${at}`);
        expect(variableOfHeader(`X_N${at}`)).toBe('');
      }
    }
  });

  it('gives two spellings of one header one variable, and other headers others', () => {
    const names = ['Accept', 'Accept-Charset', 'X-Accept', 'A-Ccept', 'Proxy-Connection'];
    expect(new Set(names.map(variableOfHeader)).size).toBe(names.length);
  });
});

describe('joinHeaderValues', () => {
  it.each([
    ['HTTP_ACCEPT', 'a, b'],
    ['HTTP_COOKIE', 'a; b'],
    ['HTTP_COOKIE2', 'a, b'],
    ['CONTENT_TYPE', 'a, b'],
  ])('joins two values of %s to %s', (variable, joined) => {
    expect(joinHeaderValues(variable, 'a', 'b')).toBe(joined);
  });

  it('collects the headers of a request without letting one pass for another', () => {
    const variables = new Map<string, string>();
    for (const [name, value] of FIELDS.fields) {
      const variable = variableOfHeader(name);
      const before = variables.get(variable);
      if (variable === '') continue;
      variables.set(
        variable,
        before === undefined ? value : joinHeaderValues(variable, before, value),
      );
    }
    expect(Object.fromEntries(variables)).toEqual(FIELDS.variables);
  });
});

describe('headerOfVariable', () => {
  it.each([
    ['HTTP_ACCEPT', 'Accept'],
    ['HTTP_X_USER', 'X-User'],
    ['HTTP_SEC_CH_UA', 'Sec-Ch-Ua'],
    ['HTTP_X_2FA', 'X-2fa'],
    ['CONTENT_TYPE', 'Content-Type'],
    ['CONTENT_LENGTH', 'Content-Length'],
  ])('makes of %s %s', (variable, name) => {
    expect(headerOfVariable(variable)).toBe(name);
    expect(variableOfHeader(name)).toBe(variable);
  });

  it.each(['PATH', 'REQUEST_METHOD', 'HTTPS', 'HTTP', 'http_accept', '__proto__', ''])(
    'makes none of %j',
    (variable) => {
      expect(headerOfVariable(variable)).toBeUndefined();
    },
  );

  it.each(['HTTP_PROXY', 'HTTP_proxy', 'HTTP_Proxy'])(
    'makes none of %s ("httpoxy")',
    (variable) => {
      expect(headerOfVariable(variable)).toBeUndefined();
    },
  );

  it.each(['HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE', 'HTTP_content_length', 'HTTP_Content_Type'])(
    'makes none of %s, the twin of a variable with a name of its own',
    (variable) => {
      expect(headerOfVariable(variable)).toBeUndefined();
    },
  );

  it.each(['HTTP_', 'HTTP_A B', 'HTTP_A\r\nB', 'HTTP_A:B', 'HTTP_A\0', 'HTTP_\u00e9'])(
    'makes none of %j, which is no header',
    (variable) => {
      expect(headerOfVariable(variable)).toBeUndefined();
    },
  );
});

describe('isRequestVariable', () => {
  // RFC 3875, sections 4.1.1 to 4.1.18
  const core = ['AUTH_TYPE', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'GATEWAY_INTERFACE', 'PATH_INFO'];
  const path = ['PATH_TRANSLATED', 'QUERY_STRING', 'REMOTE_ADDR', 'REMOTE_HOST', 'REMOTE_IDENT'];
  const rest = ['REMOTE_USER', 'REQUEST_METHOD', 'SCRIPT_NAME', 'SERVER_NAME', 'SERVER_PORT'];
  const last = ['SERVER_PROTOCOL', 'SERVER_SOFTWARE', 'HTTP_ACCEPT', 'HTTP_X_2FA'];
  // what nginx, Apache and lighttpd add
  const added = ['HTTPS', 'DOCUMENT_ROOT', 'DOCUMENT_URI', 'REQUEST_URI', 'REQUEST_SCHEME'];
  const more = ['SCRIPT_FILENAME', 'REMOTE_PORT', 'SERVER_ADDR', 'REDIRECT_STATUS', 'UNIQUE_ID'];
  const tls = ['SSL_PROTOCOL', 'SSL_CLIENT_S_DN', 'SSL_CLIENT_VERIFY', 'SSL_CIPHER'];
  it.each([...core, ...path, ...rest, ...last, ...added, ...more, ...tls])('is %s', (name) => {
    expect(isRequestVariable(name)).toBe(true);
  });

  it('is each variable of a request with an encoded path, whose bytes survive', () => {
    expect(Object.keys(PATH.variables).filter((name) => !isRequestVariable(name))).toEqual([]);
    expect([...toLatin1(PATH.variables.PATH_INFO)]).toEqual([...hex(PATH.pathInfoBytes)]);
  });

  const process = ['PATH', 'HOME', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'NODE_PATH'];
  const shell = ['BASH_ENV', 'ENV', 'IFS', 'SHELLOPTS', 'PYTHONPATH', 'PERL5OPT', 'GCONV_PATH'];
  const proxies = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
  const ours = ['wsgi.input', 'sluice.signal', 'NODE_CHANNEL_FD', 'LISTEN_FDS', 'NOTIFY_SOCKET'];
  const odd = ['', 'HTTP_', 'HTTP_x', 'HTTP_A B', 'HTTP_A=B', 'HTTP_A\n', 'PATH_INFO\n', 'XHTTP_A'];
  const born = ['__proto__', 'constructor', 'BASH_FUNC_x%%', 'HTTP_A()', 'UWSGI_FILE'];
  it.each([...process, ...shell, ...proxies, ...ours, ...odd, ...born])('is not %j', (name) => {
    expect(isRequestVariable(name)).toBe(false);
  });

  it.each(['SSL_CERT_FILE', 'SSL_CERT_DIR'])(
    'is not %s, which tells a script whom to trust',
    (name) => {
      expect(isRequestVariable(name)).toBe(false);
    },
  );
});

describe('HOP_BY_HOP', () => {
  it('names the fields of RFC 9110, section 7.6.1', () => {
    const fields = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
    for (const field of [...fields, 'proxy-connection', 'proxy-authorization']) {
      expect([field, HOP_BY_HOP.has(field)]).toEqual([field, true]);
    }
    for (const field of ['content-type', 'set-cookie', 'host', 'via', 'date']) {
      expect([field, HOP_BY_HOP.has(field)]).toEqual([field, false]);
    }
  });
});

// From variables of the wire to an environ: what is kept, guessed, refused.
import { describe, expect, it } from 'vitest';
import { repairVariables } from '../src/environ.ts';
import { collectVariables, createVariables } from '../src/variables.ts';

type Mount = string | null | undefined;

/** Repairs variables that are complete but for what is given; undefined leaves one out. */
function repair(
  given: Readonly<Record<string, string | undefined>>,
  scriptName: Mount = undefined,
  environ?: Readonly<Record<string, string>>,
) {
  const variables = createVariables();
  const all = {
    REQUEST_METHOD: 'GET',
    SERVER_NAME: 'example.org',
    SERVER_PORT: '8080',
    SERVER_PROTOCOL: 'HTTP/1.1',
    ...given,
  };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) variables[name] = value;
  }
  const warnings: string[] = [];
  const repaired = repairVariables(variables, { scriptName, environ }, (line) => {
    warnings.push(line);
  });
  return { environ: repaired, warnings };
}

function paths(given: Readonly<Record<string, string | undefined>>, scriptName?: Mount) {
  const { environ } = repair(given, scriptName);
  return environ && [environ.SCRIPT_NAME, environ.PATH_INFO, environ.QUERY_STRING];
}

const refused = expect.objectContaining({ code: 'ERR_GATEWAY_REQUEST', statusHint: 400 });

describe('SCRIPT_NAME and PATH_INFO, as web servers send them', () => {
  it.each([
    ['/blog/a%2541?q=1', '/blog', undefined, '/blog', '/a%41', 'q=1'], // decoded once
    ['/x', '', '/%41', '', '/%41', ''], // PATH_INFO goes before, and is not decoded again
    ['/x/y?z', undefined, undefined, '', '/x/y', 'z'],
    ['/a', '/', undefined, '', '/a', ''],
    ['/blog/a', '/blog/', undefined, '/blog', '/a', ''],
    ['/', '', '', '', '/', ''],
    ['/blog', '/blog', '', '/blog', '', ''],
    ['/blog?', '/blog', '', '/blog', '', ''],
    ['/a/b', '/a/b', undefined, '', '/a/b', ''], // no mount, but all of the path
    ['/a//b/../c', '/a/c', undefined, '', '/a/c', ''], // Apache has normalised it
    ['//blog/./a', '/blog', undefined, '/blog', '/a', ''],
    [undefined, '/blog', undefined, '/blog', '', ''],
    ['http://h:8/a%20b?c', undefined, undefined, '', '/a b', 'c'],
    ['http://h', undefined, undefined, '', '/', ''],
    ['/%C3%A9%2Fx?q=%20', '', undefined, '', '/\xc3\xa9/x', 'q=%20'], // a byte is a character
    ['/a/../b//c', '', undefined, '', '/a/../b//c', ''], // nothing of ours normalises
  ])('%s, SCRIPT_NAME %s, PATH_INFO %s', (REQUEST_URI, SCRIPT_NAME, PATH_INFO, ...expected) => {
    expect(paths({ REQUEST_URI, SCRIPT_NAME, PATH_INFO })).toEqual(expected);
  });

  it('after an internal redirect of Apache, SCRIPT_NAME alone knows the path', () => {
    const given = { REQUEST_URI: '/old', SCRIPT_NAME: '/new/a', REDIRECT_URL: '/old' };
    expect(paths(given)).toEqual(['', '/new/a', '']);
  });

  it('DOCUMENT_URI is the path where REQUEST_URI is missing', () => {
    expect(paths({ DOCUMENT_URI: '/a b', QUERY_STRING: 'q' })).toEqual(['', '/a b', 'q']);
  });

  it.each(['/zz/a', '/blog2/a', '/blo'])(
    'SCRIPT_NAME /blog for %s: served, with one warning',
    (uri) => {
      const { environ, warnings } = repair({ REQUEST_URI: uri, SCRIPT_NAME: '/blog' });
      expect(environ).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: uri });
      expect(warnings).toEqual([expect.stringContaining('SCRIPT_NAME /blog')]);
    },
  );

  it('what fits gives no warning', () => {
    expect(repair({ REQUEST_URI: '/blog/a', SCRIPT_NAME: '/blog' }).warnings).toEqual([]);
  });

  it('QUERY_STRING of the web server goes before that of REQUEST_URI', () => {
    expect(paths({ REQUEST_URI: '/?a', QUERY_STRING: 'b' })?.[2]).toBe('b');
    expect(paths({ REQUEST_URI: '/?a?b', QUERY_STRING: '' })?.[2]).toBe('a?b');
    expect(paths({ PATH_INFO: '/' })?.[2]).toBe('');
  });
});

describe('the mount of the operator', () => {
  it.each([
    ['/blog', ['/blog', '', '']],
    ['/blog/', ['/blog', '/', '']],
    ['/blog/x', ['/blog', '/x', '']],
    ['/blog/x?y', ['/blog', '/x', 'y']],
    ['/blog//x', ['/blog', '//x', '']],
    ['/blog2', undefined],
    ['/', undefined],
    ['/x/blog', undefined],
    ['/Blog', undefined],
  ])('/blog, asked for %s', (REQUEST_URI, expected) => {
    expect(paths({ REQUEST_URI }, '/blog')).toEqual(expected);
    // The same where the web server has split the path, wherever it did.
    const [PATH_INFO, QUERY_STRING = ''] = REQUEST_URI.split('?');
    expect(paths({ REQUEST_URI, SCRIPT_NAME: '', PATH_INFO, QUERY_STRING }, '/blog')).toEqual(
      expected,
    );
    expect(paths({ PATH_INFO, QUERY_STRING }, '/blog')).toEqual(expected);
  });

  it('joins what the web server has split elsewhere', () => {
    expect(paths({ SCRIPT_NAME: '/a', PATH_INFO: '/b/c' }, '/a/b')).toEqual(['/a/b', '/c', '']);
    expect(paths({ SCRIPT_NAME: '/a/b', PATH_INFO: '/c' }, '/a')).toEqual(['/a', '/b/c', '']);
  });

  it("'' is the root: all of the path is PATH_INFO", () => {
    expect(paths({ SCRIPT_NAME: '/a', PATH_INFO: '/b' }, '')).toEqual(['', '/a/b', '']);
    expect(paths({ SCRIPT_NAME: '', PATH_INFO: '' }, '')).toEqual(['', '/', '']);
  });

  it('null leaves both as they came', () => {
    const wire = { REQUEST_URI: '/x/y', SCRIPT_NAME: '/zz', PATH_INFO: '/%41' };
    expect(paths(wire, null)).toEqual(['/zz', '/%41', '']);
    expect(repair(wire, null).warnings).toEqual([]);
  });

  it('but null cannot leave both empty, or SCRIPT_NAME a slash', () => {
    expect(paths({ REQUEST_URI: '/x' }, null)).toEqual(['', '/', '']);
    expect(paths({ SCRIPT_NAME: '/', PATH_INFO: '/a' }, null)).toEqual(['', '/a', '']);
    expect(paths({ SCRIPT_NAME: '/a', PATH_INFO: '' }, null)).toEqual(['/a', '', '']);
  });
});

describe('what is missing', () => {
  it('is made up, with one line for each name', () => {
    const variables = collectVariables(['REQUEST_URI', '/']);
    const lines: string[] = [];
    const none = { scriptName: undefined, environ: undefined };
    const environ = repairVariables(variables, none, (line) => lines.push(line));
    expect(environ).toMatchObject({
      REQUEST_METHOD: 'GET',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.0',
      QUERY_STRING: '',
    });
    expect(lines).toEqual([
      'REQUEST_METHOD is missing, taken as GET',
      'SERVER_NAME is missing, taken as localhost',
      'SERVER_PORT is missing, taken as 80',
      'SERVER_PROTOCOL is missing, taken as HTTP/1.0',
    ]);
  });

  it('an empty one is missing too', () => {
    const { environ, warnings } = repair({ REQUEST_URI: '/', SERVER_NAME: '', REQUEST_METHOD: '' });
    expect(environ).toMatchObject({ SERVER_NAME: 'localhost', REQUEST_METHOD: 'GET' });
    expect(warnings).toHaveLength(2);
  });

  it('a complete request gives no line', () => {
    expect(repair({ PATH_INFO: '/' }).warnings).toEqual([]);
  });

  it.each(['REQUEST_METHOD', 'REQUEST_URI', 'PATH_INFO', 'SCRIPT_NAME'])('%s is enough', (name) => {
    const none = { scriptName: undefined, environ: undefined };
    const value = name === 'REQUEST_METHOD' ? 'GET' : '/a';
    expect(repairVariables(collectVariables([name, value]), none, () => {})).toBeDefined();
  });

  it('a request that says nothing is refused, and the message says what to do', () => {
    const none = { scriptName: undefined, environ: undefined };
    const variables = collectVariables(['SERVER_NAME', 'h', 'HTTP_HOST', 'h']);
    const repairing = () => repairVariables(variables, none, () => {});
    expect(repairing).toThrow(refused);
    expect(repairing).toThrow(/scgi_params/);
  });
});

describe('what cannot be', () => {
  it.each(['G T', 'GET\r\n', 'G\0T', 'G:T', 'G\xc9T'])('the method %j', (REQUEST_METHOD) => {
    expect(() => repair({ REQUEST_METHOD, PATH_INFO: '/' })).toThrow(refused);
  });

  it.each(['-1', '+1', '1e3', '0x5', ' 5', '5 ', '5,5', 'abc', '18446744073709551616'])(
    'the length %j',
    (CONTENT_LENGTH) => {
      expect(() => repair({ CONTENT_LENGTH, PATH_INFO: '/' })).toThrow(refused);
    },
  );

  it.each(['SCRIPT_NAME', 'PATH_INFO'])('a %s that begins with no slash', (name) => {
    expect(() => repair({ PATH_INFO: '/', [name]: 'a' })).toThrow(refused);
    expect(() => repair({ PATH_INFO: '/', [name]: 'a' }, null)).toThrow(refused);
  });
});

describe('what is cleared away', () => {
  it('empty CONTENT_LENGTH and CONTENT_TYPE, and the twins of both', () => {
    const empty = { PATH_INFO: '/', CONTENT_LENGTH: '', CONTENT_TYPE: '' };
    const { environ } = repair({ ...empty, HTTP_CONTENT_LENGTH: '0', HTTP_CONTENT_TYPE: 'a/b' });
    expect(Object.keys(environ ?? {}).filter((name) => name.includes('CONTENT'))).toEqual([]);
    expect(repair({ PATH_INFO: '/', CONTENT_LENGTH: '0' }).environ?.CONTENT_LENGTH).toBe('0');
  });

  it.each([undefined, '', '0', '6'])('but not where CONTENT_LENGTH %j hides a body', (length) => {
    const given = { PATH_INFO: '/', CONTENT_LENGTH: length };
    expect(() => repair({ ...given, HTTP_CONTENT_LENGTH: '7' })).toThrow(refused);
  });

  it('variables of the operator replace those of the wire, before anything is worked out', () => {
    const ours = { SERVER_NAME: 'ours', SCRIPT_NAME: '/b/', X_OURS: 'x' };
    const { environ } = repair({ PATH_INFO: '/a', SERVER_NAME: 'wire' }, undefined, ours);
    expect(environ).toMatchObject({ SERVER_NAME: 'ours', SCRIPT_NAME: '/b', X_OURS: 'x' });
  });
});

// The demo application: hello, then the environ.
import { expect, it } from 'vitest';
import { demoApp } from '../src/demo-app.ts';
import { FileWrapper } from '../src/file-wrapper.ts';
import { call, testEnviron } from '../src/testing.ts';
import { validator } from '../src/validator.ts';

it('says hello, then shows every variable in order', async () => {
  const environ = testEnviron({ PATH_INFO: '/a b' });
  const { status, headers, text } = await call(demoApp, environ);
  expect(status).toBe('200 OK');
  expect(headers).toEqual([['Content-Type', 'text/plain; charset=utf-8']]);
  const lines = text.split('\n');
  expect(lines.slice(0, 2)).toEqual(['Hello world!', '']);
  expect(lines.at(-1)).toBe('');
  const names = lines.slice(2, -1).map((line) => line.split(' = ')[0]);
  expect(names).toEqual(Object.keys(environ).sort());
  expect(lines).toContain("PATH_INFO = '/a b'");
});

it('shows values as Python does, and objects short', async () => {
  const { text } = await call(demoApp, {
    A: 'it\'s \\ "x"\n\x7f\x80\xe9',
    B: '',
    'x.list': [1, 'two', [3], null],
    'x.null': null,
    'x.number': 1.5,
    'x.function': function named() {},
    'x.arrow': (() => () => {})(),
    'x.bare': Object.create(null),
    'wsgi.file_wrapper': FileWrapper,
  });
  const lines = text.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      "A = 'it\\'s \\\\ \"x\"\\x0a\\x7f\\x80\xe9'",
      "B = ''",
      "x.list = [1, 'two', […], null]",
      'x.null = null',
      'x.number = 1.5',
      'x.function = <named>',
      'x.arrow = <function>',
      'x.bare = <object>',
      'wsgi.file_wrapper = <FileWrapper>',
      'wsgi.input = <InputStream>',
      'wsgi.errors = <ErrorStream>',
      'wsgi.multithread = false',
      'wsgi.version = [1, 0]',
    ]),
  );
});

it('shows the signal without creating it', async () => {
  const environ = testEnviron({ 'sluice.signal': undefined });
  Object.defineProperty(environ, 'sluice.signal', {
    enumerable: true,
    get: () => expect.unreachable(),
  });
  const { text } = await call(demoApp, environ);
  expect(text).toContain('\nsluice.signal = <AbortSignal>\n');
});

it('answers in one block, at once, so that its length is known', () => {
  const body = demoApp(testEnviron(), () => () => true);
  expect(body).toEqual([expect.any(Buffer)]);
});

it('breaks no rule', async () => {
  const { text } = await call(validator(demoApp));
  expect(text).toMatch(/^Hello world!\n\n/);
});

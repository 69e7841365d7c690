// An access log behind a real gateway: every way that a request can end leaves one line.
import { type Application, createVariables, type Exchange, Gateway } from '@sluice/gateway';
import { describe, expect, it } from 'vitest';
import { AccessLog } from '../src/access-log.ts';

const FORMAT = '"%r" %>s %B %X %{SCRIPT_NAME}e %u';

function serve(application: Application) {
  const lines: string[] = [];
  const log: string[] = [];
  const gateway = new Gateway(application, {
    observer: new AccessLog(FORMAT, { write: (line) => lines.push(line) }),
    log: (level, line) => log.push(`${level}: ${line}`),
    maxBodyBytes: 10,
    scriptName: '/app',
  });
  const handle = (variables: Record<string, string>): Exchange => {
    const exchange: Exchange = {
      protocol: 'test',
      peer: 'a test',
      body: undefined,
      listener: undefined,
      send: () => true,
      drained: async () => {},
      abort: () => {},
    };
    gateway.handle(Object.assign(createVariables(), variables), exchange);
    return exchange;
  };
  return { handle, lines, log };
}

const request = {
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/app/a?x=1',
  SERVER_NAME: 'h',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};
const hello: Application = (environ, startResponse) => {
  environ.REMOTE_USER = 'ann';
  startResponse('201 Created', []);
  return ['hello'];
};

describe('one line', () => {
  it('of a request that is answered', () => {
    const { handle, lines } = serve(hello);
    handle(request);
    handle({ ...request, REQUEST_METHOD: 'HEAD' });
    expect(lines).toEqual([
      '"GET /app/a?x=1 HTTP/1.1" 201 5 - /app ann',
      '"HEAD /app/a?x=1 HTTP/1.1" 201 0 - /app ann',
    ]);
  });

  it.each([
    ['413', { ...request, CONTENT_LENGTH: '11' }, '"GET /app/a?x=1 HTTP/1.1" 413'],
    ['404', { ...request, REQUEST_URI: '/other' }, '"GET /other HTTP/1.1" 404'],
    ['400', { ...request, REQUEST_METHOD: 'G T\n' }, '"G T\\x0a /app/a?x=1 HTTP/1.1" 400'],
    ['400 without variables', {}, '"  " 400'],
  ])('of a request that is refused: %s', (_what, variables, line) => {
    const { handle, lines } = serve(hello);
    handle(variables);
    expect(lines).toEqual([expect.stringContaining(line)]);
  });

  it('of an application that fails', () => {
    const { handle, lines } = serve(() => {
      throw new Error('a test');
    });
    handle(request);
    expect(lines).toEqual([expect.stringMatching(/^"GET .*" 500 [1-9]\d* - /)]);
  });

  it('of a client that leaves: cut, without a status when nothing was sent', () => {
    const { handle, lines } = serve((_environ, startResponse) => {
      startResponse('200 OK', []);
      return new Promise(() => {});
    });
    handle(request).listener?.leave(new Error('gone'));
    expect(lines).toEqual(['"GET /app/a?x=1 HTTP/1.1" 000 0 X /app -']);
  });

  it('of a response that is cut', async () => {
    const { handle, lines } = serve(async function* (_environ, startResponse) {
      startResponse('200 OK', []);
      yield 'hello';
      throw new Error('a test');
    });
    handle(request);
    await expect.poll(() => lines).toEqual(['"GET /app/a?x=1 HTTP/1.1" 200 5 X /app -']);
  });
});

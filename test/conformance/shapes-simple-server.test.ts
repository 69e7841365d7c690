// The shape of wsgiref.simple_server: makeServer(), serveForever(), handleRequest(), shutdown().
import type { Application } from 'sluice';
import { demoApp, makeServer } from 'sluice/http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catches } from './support/processes.ts';
import { Program } from './support/program.ts';
import { shape } from './support/shapes.ts';
import { until, within } from './support/until.ts';

const counted: Application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [`${environ.REQUEST_METHOD} ${environ.PATH_INFO}`];
};

async function started(application: Application = counted) {
  const httpd = await makeServer('127.0.0.1', 0, application);
  onTestFinished(() => httpd.shutdown());
  return httpd;
}

const text = async (url: string) => {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return `${response.status} ${await response.text()}`;
};

describe('makeServer()', () => {
  it('says where it listens', async () => {
    const httpd = await started();
    expect(httpd.address).toBe(`http://127.0.0.1:${httpd.serverPort}`);
  });

  it('handleRequest() answers one request, whether it has come already or not', async () => {
    const httpd = await started();
    const first = text(`${httpd.address}/first`);
    await Promise.all([httpd.handleRequest(), first]);
    expect(await first).toBe('200 GET /first');
    const handled = httpd.handleRequest();
    expect(await text(`${httpd.address}/second`)).toBe('200 GET /second');
    await within('it is handled', handled);
  });

  it('handleRequest() is done when the application is: with its body, or with its error', async () => {
    let isClosed = false;
    const httpd = await started((environ, startResponse) => {
      if (environ.PATH_INFO === '/error') throw new Error('the reason of it all');
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return Object.assign(
        (async function* () {
          yield 'one ';
          yield 'two';
        })(),
        {
          close() {
            isClosed = true;
          },
        },
      );
    });
    const [body] = await Promise.all([text(`${httpd.address}/`), httpd.handleRequest()]);
    expect([body, isClosed]).toEqual(['200 one two', true]);
    const [error] = await Promise.all([text(`${httpd.address}/error`), httpd.handleRequest()]);
    expect(error).toMatch(/^500 /);
  });

  it('serveForever() answers everybody, those too who came before, until shutdown()', async () => {
    const httpd = await started(demoApp);
    const early = text(`${httpd.address}/early`);
    const serving = httpd.serveForever();
    expect(await early).toMatch(/^200 Hello world!\n\n/);
    for (const path of ['/a', '/b']) {
      expect(await text(httpd.address + path)).toContain(`PATH_INFO = '${path}'`);
    }
    await httpd.shutdown();
    await within('it ends', serving);
    await expect(fetch(httpd.address)).rejects.toThrow();
    await httpd.handleRequest(); // nobody comes any more
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends serveForever(), and the script goes on',
    async (signal) => {
      const program = new Program([shape('simple-server')], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      onTestFinished(() => program.kill());
      const port = await new Promise((resolve) => program.child.once('message', resolve));
      expect(await text(`http://127.0.0.1:${port}/`)).toMatch(/^200 Hello world!/);
      await until('it says what it does at signals', () => catches(program.pid, signal));
      program.signal(signal);
      expect(await program.ended()).toEqual({ code: 7, signal: null });
    },
  );

  it.each([
    [['127.0.0.1', '80'], {}, /option port cannot be "80"/],
    [[undefined, 80], {}, /option host cannot be undefined/],
    [['127.0.0.1', 0], { concurrency: 'fork' }, /makeServer\(\) serves in this process/],
    [['127.0.0.1', 0], { debugg: true }, /no option debugg; did you mean debug\?/],
  ])('%j, %j is refused', async ([host, port], options, message) => {
    const failing = makeServer(host as string, port as number, counted, options as object);
    await expect(failing).rejects.toThrow(message);
  });
});

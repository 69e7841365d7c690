// The global names of the Fetch standard, while requests and responses are light.
import { plain } from './fetch-classes.ts';
import { passFor, standIn } from './light-class.ts';
import { LightHeaders } from './light-headers.ts';
import { LightRequest } from './light-request.ts';
import { LightResponse } from './light-response.ts';

type Input = ConstructorParameters<typeof Request>[0];

let isInstalled = false;

/**
 * Makes `new Response()` light, and `new Request()` and `fetch()` take the light requests that handlers
 * get. Where somebody has replaced one of them before, that one stays.
 */
export function installFetchGlobals(): void {
  if (isInstalled) return;
  isInstalled = true;
  standIn(LightHeaders, plain.Headers, LightHeaders.plain);
  standIn(LightRequest, plain.Request, LightRequest.plain);
  standIn(LightResponse, plain.Response, LightResponse.plain);
  Object.defineProperty(LightResponse, 'name', { value: 'Response' });
  const plainFetch = globalThis.fetch;
  if (globalThis.Response === plain.Response) put('Response', LightResponse);
  if (globalThis.Request !== plain.Request) return;
  put('Request', unwrappingRequest());
  put('fetch', (input: Input, init?: RequestInit) => plainFetch(unwrapped(input), init));
}

/** A Request made of another one: that may be a light one, which the class of Node.js cannot read. */
function unwrappingRequest(): typeof Request {
  class UnwrappingRequest extends plain.Request {
    constructor(input: Input, init?: RequestInit) {
      super(unwrapped(input), init);
    }
  }
  passFor(UnwrappingRequest, plain.Request.prototype);
  Object.defineProperty(UnwrappingRequest, 'name', { value: 'Request' });
  return UnwrappingRequest;
}

function unwrapped(input: Input): Input {
  return LightRequest.isLight(input) ? LightRequest.plain(input) : input;
}

function put(name: 'Request' | 'Response' | 'fetch', value: unknown): void {
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    enumerable: name === 'fetch',
    writable: true,
  });
}

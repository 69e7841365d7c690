// The global names of the Fetch standard, while requests and responses are light.
import { passFor } from './light-class.ts';
import { LightRequest, PlainRequest } from './light-request.ts';
import { LightResponse, PlainResponse } from './light-response.ts';

type Input = ConstructorParameters<typeof Request>[0];

/** A Request made of another one: that may be a light one, which the class of Node.js cannot read. */
class UnwrappingRequest extends PlainRequest {
  constructor(input: Input, init?: RequestInit) {
    super(unwrapped(input), init);
  }
}
passFor(UnwrappingRequest, PlainRequest.prototype);
Object.defineProperty(UnwrappingRequest, 'name', { value: 'Request' });
Object.defineProperty(LightResponse, 'name', { value: 'Response' });

function unwrapped(input: Input): Input {
  return LightRequest.isLight(input) ? LightRequest.plain(input) : input;
}

/**
 * Makes `new Response()` light, and `new Request()` and `fetch()` take the light requests that handlers
 * get. Where somebody has replaced one of them before, that one stays.
 */
export function installFetchGlobals(): void {
  const plain = globalThis.fetch;
  if (globalThis.Response === PlainResponse) put('Response', LightResponse);
  if (globalThis.Request !== PlainRequest) return;
  put('Request', UnwrappingRequest);
  put('fetch', (input: Input, init?: RequestInit) => plain(unwrapped(input), init));
}

function put(name: 'Request' | 'Response' | 'fetch', value: unknown): void {
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    enumerable: name === 'fetch',
    writable: true,
  });
}

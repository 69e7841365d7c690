// A gateway in front of an application, with a client that can be slow, send a body bit by bit, and leave.
import {
  type Application,
  ClientLeftError,
  collectVariables,
  type Exchange,
  type ExchangeListener,
  Gateway,
  RequestBody,
  type ResponsePart,
} from '@sluice/gateway';

/** One request, and what came of it. */
export class Asked implements Exchange {
  protocol = 'fake';
  readonly peer = 'tester';
  readonly body: RequestBody | undefined;
  listener: ExchangeListener | undefined = undefined;
  readonly parts: ResponsePart[] = [];
  /** Log lines. */
  readonly log: string[] = [];
  /** Whether the response was cut short. */
  isAborted = false;
  /** Whether the client takes nothing more for now. */
  isSlow = false;
  /** How often bytes of the body were asked for. */
  demands = 0;
  upgrade: (() => RequestBody) | undefined = undefined;
  #drains: { resolve(): void; reject(error: Error): void }[] = [];
  #watchers: (() => void)[] = [];

  constructor(hasBody: boolean) {
    this.body = hasBody ? new RequestBody(() => this.demands++) : undefined;
  }

  send(part: ResponsePart): boolean {
    this.parts.push(part);
    this.#tell();
    return !this.isSlow;
  }

  drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#drains.push({ resolve, reject });
    });
  }

  abort(): void {
    this.isAborted = true;
    this.#tell();
  }

  /** The client takes bytes again. */
  drain(): void {
    this.isSlow = false;
    for (const { resolve } of this.#drains.splice(0)) resolve();
  }

  /** The client is gone. */
  leave(): void {
    const error = new ClientLeftError();
    for (const { reject } of this.#drains.splice(0)) reject(error);
    this.listener?.leave(error);
  }

  /** Settles when the response is complete, or cut short. */
  async ended(): Promise<this> {
    await this.until(() => this.isAborted || this.parts.at(-1)?.last === true);
    return this;
  }

  /** Settles when something holds, which is looked at with each part. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => holds() && resolve();
      this.#watchers.push(look);
      look();
    });
  }

  get status(): string | undefined {
    return this.parts[0]?.head?.status;
  }

  get headers(): (readonly [string, string])[] {
    return this.parts[0]?.head?.headers ?? [];
  }

  /** Values of a header. */
  header(name: string): string[] {
    return this.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.parts.map(({ chunk }) => chunk ?? Buffer.alloc(0)));
  }

  get text(): string {
    return this.bytes.toString();
  }

  #tell(): void {
    for (const look of this.#watchers) look();
  }
}

/** How an application is asked. */
export interface Question {
  readonly variables?: Readonly<Record<string, string>>;
  /** All of a body, or `later`: the test pushes it. */
  readonly body?: string | 'later';
  readonly isSlow?: boolean;
  readonly protocol?: string;
  readonly upgrade?: () => RequestBody;
}

/** Asks an application through a gateway; what it answers at once is there when this returns. */
export function ask(application: Application, question: Question = {}): Asked {
  const { variables = {}, body, isSlow = false, protocol = 'fake', upgrade } = question;
  const asked = new Asked(body !== undefined);
  asked.isSlow = isSlow;
  asked.protocol = protocol;
  asked.upgrade = upgrade;
  if (body !== undefined && body !== 'later') {
    asked.body?.push(Buffer.from(body));
    asked.body?.end();
  }
  const gateway = new Gateway(application, {
    log: (level, line) => asked.log.push(`${level}: ${line}`),
  });
  const all: Record<string, string> = {
    REQUEST_METHOD: body === undefined ? 'GET' : 'POST',
    SCRIPT_NAME: '',
    PATH_INFO: '/',
    QUERY_STRING: '',
    SERVER_NAME: 'www.example.org',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '192.0.2.1',
    HTTP_HOST: 'www.example.org',
    ...(body !== undefined &&
      body !== 'later' && { CONTENT_LENGTH: String(Buffer.byteLength(body)) }),
    ...variables,
  };
  gateway.handle(collectVariables(Object.entries(all).flat()), asked);
  return asked;
}

/** The event loop turns once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

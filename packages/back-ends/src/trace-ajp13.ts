// Shows what passes on an AJP connection, packet by packet (AJP/1.3, "Packet Formats").
import { printable } from '@sluice/gateway';
import { concatBytes } from '@sluice/protocol';
import {
  Attribute,
  Magic,
  METHODS,
  PacketReader,
  PacketType,
  type PayloadErrors,
  PayloadReader,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
} from 'ajp13-protocol';
import type { Tracer } from './back-end.ts';
import { brokenLines, hexText, shownValue, sizeText } from './trace-lines.ts';

/** Makes a tracer of one AJP connection. */
export function traceAjp13(): Tracer {
  const sent = new Packets(Magic.TO_CONTAINER);
  const received = new Packets(Magic.TO_WEB_SERVER);
  let isActive = false; // a request has begun: what else we send is its body
  const linesOfSent = (payload: Uint8Array): string[] => {
    const type = payload[0];
    if (isActive) return [bodyLine(payload)];
    if (type === PacketType.CPING && payload.length === 1) return ['CPing, 1 byte'];
    if (type !== PacketType.FORWARD_REQUEST) return unknownLines(payload);
    isActive = true;
    return readable(`Forward Request, ${sizeText(payload.length)}`, payload, forwardLines);
  };
  const linesOfReceived = (payload: Uint8Array): string[] => {
    if (payload[0] === PacketType.END_RESPONSE) isActive = false;
    return answerLines(payload);
  };
  return {
    sent: (bytes) => sent.take(bytes, linesOfSent),
    received: (bytes) => received.take(bytes, linesOfReceived),
    finish: () => received.finish(),
  };
}

const LARGEST = 65_536;

/** One direction: what is not a whole packet yet is kept. */
class Packets {
  readonly #magic: Magic;
  #rest: Uint8Array = new Uint8Array(0);
  #isLost = false;

  constructor(magic: Magic) {
    this.#magic = magic;
  }

  take(bytes: Uint8Array, show: (payload: Uint8Array) => string[]): string[] {
    if (this.#isLost) return [sizeText(bytes.length)];
    const all = concatBytes([this.#rest, bytes]);
    const { payloads, size, error } = this.#cut(all);
    this.#rest = all.slice(size);
    const lines = payloads.flatMap(show);
    if (error === undefined) return lines;
    this.#isLost = true;
    return [...lines, ...brokenLines(error, this.#rest)];
  }

  finish(): string[] {
    if (this.#isLost || this.#rest.length === 0) return [];
    const begins = hexText(this.#rest, 8); // its lengths, and not what it carries
    return [`${sizeText(this.#rest.length)} of a packet that is not complete: ${begins}`];
  }

  /** Whole packets, the bytes that they take, and what is wrong behind them. */
  #cut(bytes: Uint8Array): { payloads: Uint8Array[]; size: number; error?: unknown } {
    const payloads: Uint8Array[] = [];
    let size = 0;
    try {
      for (;;) {
        // A packet at a time: what a reader throws is then about the bytes behind the last one.
        const [payload] = new PacketReader(this.#magic, LARGEST).feed(nextPacket(bytes, size));
        if (payload === undefined) return { payloads, size };
        payloads.push(payload);
        size += 4 + payload.length;
      }
    } catch (error) {
      return { payloads, size, error };
    }
  }
}

function nextPacket(bytes: Uint8Array, at: number): Uint8Array {
  const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return bytes.subarray(at, at + 4 + length);
}

const ERRORS: PayloadErrors = {
  payload: 'ERR_BACK_END_RESPONSE',
  header: 'ERR_BACK_END_RESPONSE',
  statusHint: 502,
};

/** The lines of a payload, up to where it cannot be read. */
function readable(
  title: string,
  payload: Uint8Array,
  read: (reader: PayloadReader, lines: string[]) => void,
): string[] {
  const lines: string[] = [];
  try {
    read(new PayloadReader(payload, 0, payload.length, ERRORS), lines);
  } catch (error) {
    lines.push(...brokenLines(error, payload));
  }
  return [title, ...lines.map((line) => `  ${line}`)];
}

function forwardLines(reader: PayloadReader, lines: string[]): void {
  const code = reader.byte();
  const method = METHODS[code - 1] ?? `method ${code}`;
  const protocol = shown(reader.string());
  lines.push(`${method} ${shown(reader.string())} ${protocol}`);
  lines.push(`remote_addr ${shown(reader.string())}, remote_host ${shown(reader.string())}`);
  const serverName = shown(reader.string());
  const serverPort = reader.integer();
  lines.push(
    `server_name ${serverName}, server_port ${serverPort}, is_ssl ${reader.byte() !== 0 ? 'yes' : 'no'}`,
  );
  headerLines(reader, REQUEST_HEADERS, lines);
  for (;;) {
    const attribute = reader.byte();
    if (attribute === Attribute.ARE_DONE) return;
    lines.push(attributeLine(reader, attribute));
  }
}

const ATTRIBUTES = Object.entries(Attribute);

function attributeLine(reader: PayloadReader, code: number): string {
  const name = ATTRIBUTES.find(([, value]) => value === code)?.[0].toLowerCase();
  if (name === undefined) reader.fail(`attribute 0x${code.toString(16)} is unknown`);
  if (code === Attribute.REQ_ATTRIBUTE) {
    const key = reader.string() ?? '';
    return `req_attribute ${printable(key)}=${shownValue(key, reader.string(true) ?? '')}`;
  }
  if (code === Attribute.SSL_KEY_SIZE) return `${name} ${shown(reader.keySize())}`;
  return `${name} ${shownValue(name, reader.string(true) ?? '')}`;
}

function headerLines(reader: PayloadReader, coded: readonly string[], lines: string[]): void {
  for (let count = reader.integer(); count > 0; count--) {
    const name = reader.headerName(coded);
    lines.push(`${printable(name)}: ${shownValue(name, reader.string() ?? '')}`);
  }
}

function shown(text: string | undefined): string {
  return text === undefined ? '(none)' : printable(text);
}

/** A packet of body that we sent. */
function bodyLine(payload: Uint8Array): string {
  if (payload.length < 3) return 'body packet, empty: the end of the body';
  return `body packet, ${sizeText(payload.length - 2)} of body`;
}

function answerLines(payload: Uint8Array): string[] {
  const [type = -1, first = 0, second = 0] = payload;
  const number = (first << 8) | second;
  switch (type) {
    case PacketType.SEND_HEADERS:
      return readable(`Send Headers, ${sizeText(payload.length)}`, payload, (reader, lines) => {
        const status = reader.integer();
        lines.push(`${status} ${printable(reader.string() ?? '')}`.trimEnd());
        headerLines(reader, RESPONSE_HEADERS, lines);
      });
    case PacketType.SEND_BODY_CHUNK:
      return [`Send Body Chunk, ${number === 0 ? 'empty: flush' : `${sizeText(number)} of body`}`];
    case PacketType.END_RESPONSE:
      return [`End Response, reuse ${first === 0 ? 'no' : 'yes'}`];
    case PacketType.GET_BODY_CHUNK:
      return [`Get Body Chunk, at most ${sizeText(number)}`];
    case PacketType.CPONG:
      return ['CPong, 1 byte'];
    default:
      return unknownLines(payload);
  }
}

function unknownLines(payload: Uint8Array): string[] {
  const [type] = payload;
  if (type === undefined) return ['an empty packet'];
  return [`packet of type ${type}, ${sizeText(payload.length)}: ${hexText(payload)}`];
}

// The answer to a request that failed: a fixed text, and the stack only with `debug`.
import type { ResponseHeaders } from './application.ts';

/** A complete small response. */
export interface Page {
  readonly status: string;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  411: 'Length Required',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  508: 'Loop Detected',
};

/** The page of a status without anything more to say; an unknown status becomes 500. */
export function statusPage(code: number): Page {
  const status = `${code in REASONS ? code : 500} ${REASONS[code] ?? REASONS[500]}`;
  return page(status, 'text/plain; charset=utf-8', `${status}\n`);
}

/**
 * The page for an error: the status it hints at, else 500, with nothing in it that tells of our
 * insides.
 *
 * @param error - what was thrown
 * @param debug - show the stack, escaped, as HTML
 */
export function errorPage(error: unknown, debug: boolean): Page {
  const plain = statusPage(statusHintOf(error) ?? 500);
  if (!debug) return plain;
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  const html = `<!doctype html>\n<title>${plain.status}</title>\n<h1>${plain.status}</h1>\n<pre>${escapeHtml(stack)}</pre>\n`;
  return page(plain.status, 'text/html; charset=utf-8', html);
}

/** The status that a protocol's or a back-end's error hints at. By its shape: the class may be of another copy of us. */
export function statusHintOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('statusHint' in error)) return undefined;
  return typeof error.statusHint === 'number' ? error.statusHint : undefined;
}

function page(status: string, type: string, text: string): Page {
  const body = Buffer.from(text);
  return {
    status,
    headers: [
      ['Content-Type', type],
      ['Content-Length', String(body.length)],
    ],
    body,
  };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

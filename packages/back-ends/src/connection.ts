// The driver: makes an application of a server that is reached over a stream.
import type { Application, Environ } from '@sluice/gateway';
import { BackEndError, parseLength } from '@sluice/protocol';
import { type BackEndOptions, DEFAULT_BACK_END_OPTIONS, type Target } from './back-end.ts';
import type { ClientProtocol } from './client-channel.ts';
import { Conversation, type OutgoingBody } from './conversation.ts';
import { withoutSendfile } from './environ-variables.ts';
import { Link, type Place, placeOf } from './link.ts';
import { Pool } from './pool.ts';
import { isRepeatable } from './repeatable.ts';
import { measuredBody } from './spool.ts';

/**
 * Makes an application of a server.
 *
 * @param protocol - that it speaks
 * @param target - where it is
 * @param given - options that differ from the default
 * @throws OptionError `ERR_BACK_END_TARGET` for a file
 */
export function streamBackEnd(
  protocol: ClientProtocol,
  target: Target,
  given: Partial<BackEndOptions>,
): Application {
  const options = { ...DEFAULT_BACK_END_OPTIONS, ...given };
  const place = placeOf(protocol.name, target);
  const pool = new Pool(options.keep ?? protocol.keep);
  return async (environ, startResponse) => {
    const body = await bodyOf(environ, protocol, options);
    const conversation = await converse(protocol, place, pool, environ, body, options).catch(
      async (error: unknown) => {
        if ('close' in body) await body.close();
        throw error;
      },
    );
    try {
      const head = await conversation.head();
      startResponse(
        `${head.status} ${head.reason}`,
        options.sendfile ? head.headers : withoutSendfile(head.headers),
      );
      return conversation;
    } catch (error) {
      await conversation.close();
      throw error;
    }
  };
}

/**
 * Asks a server whether it is there.
 *
 * @returns its answer, for a person
 * @throws BackEndError `ERR_BACK_END_CONNECT`, `ERR_BACK_END_TIMEOUT` or `ERR_BACK_END_RESPONSE`
 */
export async function pingServer(
  protocol: ClientProtocol,
  target: Target,
  given: Partial<BackEndOptions>,
): Promise<string> {
  const options = { ...DEFAULT_BACK_END_OPTIONS, ...given };
  const place = placeOf(protocol.name, target);
  const channel = protocol.open();
  const link = await Link.open(place, channel, options);
  try {
    if (channel.ping) link.write(channel.ping());
    for (;;) {
      const block = await link.next();
      const answers = block ? channel.receive(block) : channel.finish();
      for (const answer of answers) if (answer.type === 'pong') return answer.text;
      if (!block) break;
    }
  } finally {
    link.destroy();
  }
  throw new BackEndError(
    'ERR_BACK_END_RESPONSE',
    `${place.text} closed the connection without an answer`,
    502,
  );
}

/**
 * Sends a request, on a kept connection where it could be sent again: its server may be closing it at
 * this very moment. What cannot be repeated gets a new connection.
 */
async function converse(
  protocol: ClientProtocol,
  place: Place,
  pool: Pool,
  environ: Environ,
  body: OutgoingBody,
  options: BackEndOptions,
): Promise<Conversation> {
  const signal = environ['sluice.signal'];
  const kept = isRepeatable(environ, body.length !== 0) ? pool.take() : undefined;
  if (kept) {
    const conversation = begin(kept, pool, environ, body, place);
    if (await answered(conversation)) return conversation;
    await conversation.close();
  }
  const link = await Link.open(place, protocol.open(), options, signal);
  return begin(link, pool, environ, body, place);
}

function begin(
  link: Link,
  pool: Pool,
  environ: Environ,
  body: OutgoingBody,
  place: Place,
): Conversation {
  const conversation = new Conversation(link, pool, environ, body, place.text);
  try {
    conversation.begin();
    return conversation;
  } catch (error) {
    link.destroy();
    throw error;
  }
}

async function answered(conversation: Conversation): Promise<boolean> {
  try {
    return await conversation.isAnswered();
  } catch (error) {
    await conversation.close();
    throw error;
  }
}

async function bodyOf(
  environ: Environ,
  protocol: ClientProtocol,
  options: BackEndOptions,
): Promise<OutgoingBody> {
  const input = environ['wsgi.input'];
  if (!protocol.asksForBody) return await measuredBody(environ, options.maxSpoolBytes);
  if (input.isEmpty) return { length: 0 };
  return { length: parseLength(environ.CONTENT_LENGTH ?? '') };
}

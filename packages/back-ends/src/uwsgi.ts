// uwsgi: an environ to a packet of vars, an HTTP answer back.
import { OptionError } from '@sluice/protocol';
import { UwsgiClientCodec, type UwsgiClientCommand } from 'uwsgi-protocol';
import type { BackEnd, BackEndOptions } from './back-end.ts';
import { CgiLikeChannel } from './cgi-like.ts';
import type { ClientChannel, ClientProtocol } from './client-channel.ts';
import { pingServer, streamBackEnd } from './connection.ts';
import { diagnoseUwsgi } from './diagnose-uwsgi.ts';
import { wireVariables } from './environ-variables.ts';
import { traceUwsgi } from './trace-uwsgi.ts';

/** The uwsgi back-end. */
export const uwsgi: BackEnd = {
  name: 'uwsgi',
  options: {
    modifier1:
      'the kind of request, a number: 0 (default) for Python, 5 Perl, 7 Ruby, 9 CGI, 14 PHP',
  },
  open: (target, options = {}) => streamBackEnd(protocolFor(options), target, options),
  ping: (target, options = {}) => pingServer(protocolFor(options), target, options),
  carries: (variable) => !variable.startsWith('UWSGI_'), // as the codec leaves out
  trace: traceUwsgi,
  diagnosis: diagnoseUwsgi,
};

function protocolFor({ settings = {} }: Partial<BackEndOptions>): ClientProtocol {
  const { modifier1 = '0' } = settings;
  if (!/^\d{1,3}$/.test(modifier1) || Number(modifier1) > 255)
    throw new OptionError(
      'ERR_BACK_END_OPTION',
      `modifier1 is a number from 0 to 255, not ${modifier1}`,
    );
  const open = () => new UwsgiChannel(new UwsgiClientCodec(), Number(modifier1));
  return { name: 'uwsgi', asksForBody: false, keep: 0, open };
}

class UwsgiChannel extends CgiLikeChannel<UwsgiClientCommand> implements ClientChannel {
  readonly #codec: UwsgiClientCodec;

  constructor(codec: UwsgiClientCodec, modifier1: number) {
    super(codec, ({ environ, contentLength = 0 }) => ({
      type: 'request',
      modifier1,
      variables: wireVariables(environ),
      contentLength,
    }));
    this.#codec = codec;
  }

  ping(): Uint8Array {
    return this.#codec.encode({ type: 'ping' });
  }
}

// Statistics for whoever may see them, and nothing else: JSON, Prometheus, a table.
import { isIP } from 'node:net';
import { type Address, describeAddress } from '@sluice/concurrency';
import { AllowList, LOOPBACK } from '@sluice/front-ends';
import { type ServerStatus, statusTable } from '@sluice/monitor';
import { OptionError } from '@sluice/protocol';
import { type AddressUrl, parseAddress, settingsOf } from '../addresses/address-url.ts';
import { listenAddress, SOCKET_OPTIONS } from '../addresses/listen-address.ts';
import type { Server } from '../serving/server.ts';
import {
  type Answer,
  jsonStatus,
  openManagement,
  prometheusStatus,
  type Route,
  refusal,
} from './management-http.ts';

const EXAMPLE = 'http://127.0.0.1:9100 or http+unix:/run/stats.sock';

/** A listener for statistics. */
export interface StatsListener {
  /** Where it listens, with the port that was really bound. */
  readonly url: string;
  /** Lets go of it. It goes with the process by itself. */
  close(): Promise<void>;
}

/**
 * Serves the statistics of a server: `/` for people, `/status` and `/status.json`, `/metrics` for Prometheus.
 *
 * @param address - `http://127.0.0.1:9100` or `http+unix:/path`; peers of other machines are named behind it: `?allow=192.0.2.0/24`
 * @param server - whose statistics
 * @throws OptionError `ERR_OPTION_ADDRESS`, `ERR_OPTION_VALUE`, `ERR_OPTION_UNKNOWN`, or as `bind()` does
 */
export async function openStats(address: string, server: Server): Promise<StatsListener> {
  const { place, named } = await planStats(address);
  const allow = new AllowList(named ?? LOOPBACK);
  const routes = routesOf(server, place.type === 'tcp' && !named);
  const management = await openManagement(place, routes, (socket) => allow.admits(socket));
  const close = () => {
    process.off('exit', close);
    return management.close();
  };
  process.on('exit', close);
  return { url: urlOf(management.address), close };
}

/**
 * Where statistics are to be served, and to whom; nothing is opened.
 *
 * @throws OptionError `ERR_OPTION_ADDRESS`, `ERR_OPTION_VALUE`, `ERR_OPTION_UNKNOWN`
 */
export async function planStats(
  address: string,
): Promise<{ place: Address; named: readonly string[] | undefined }> {
  const url = parseAddress(address);
  checkPlace(url);
  settingsOf(url, {}, ['allow', ...SOCKET_OPTIONS]);
  const place = await listenAddress(url, undefined);
  const named = url.query
    .get('allow')
    ?.trim()
    .split(/[\s,]+/);
  if (place.type === 'tcp' && !named) refuseOthers(url, place.host);
  return { place, named };
}

function checkPlace({ text, protocol, place }: AddressUrl): void {
  if (protocol !== 'http')
    throw wrong(`${text}: statistics are served by HTTP alone, as at ${EXAMPLE}`);
  if (place.type !== 'tcp' && place.type !== 'unix')
    throw wrong(`${text}: statistics have an address of their own, such as ${EXAMPLE}`);
  if (place.type === 'tcp' && place.port === undefined)
    throw wrong(`${text}: the port is missing, as in ${EXAMPLE}`);
}

function refuseOthers({ text }: AddressUrl, host: string): void {
  if (new AllowList(LOOPBACK).has(host)) return;
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${text}: other machines reach this address, and statistics show what is asked for; listen on 127.0.0.1, or name who may see them: ${text}?allow=192.0.2.0/24`,
  );
}

function routesOf(server: Server, isLocal: boolean): Readonly<Record<string, Route>> {
  const route = (write: (status: ServerStatus) => Answer): Route => ({
    method: 'GET',
    takes: [],
    async run({ host }, reply) {
      if (isLocal && !isLocalName(host))
        reply.send(refusal(421, 'statistics are asked for by address, or as localhost'));
      else reply.send(write(await server.status()));
    },
  });
  return {
    '/': route((status) => ({
      status: 200,
      type: 'text/plain; charset=utf-8',
      text: statusTable(status),
    })),
    '/status': route(jsonStatus),
    '/status.json': route(jsonStatus),
    '/metrics': route(prometheusStatus),
  };
}

/** A page of another site that has its name lead to this machine sends that name. */
function isLocalName(host: string | undefined): boolean {
  const name = host?.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
  return name === undefined || name === 'localhost' || isIP(name) !== 0;
}

function urlOf(address: Address): string {
  const place = describeAddress(address);
  return address.type === 'unix' ? `http+unix:${place}` : `http://${place}`;
}

function wrong(message: string): OptionError {
  return new OptionError('ERR_OPTION_ADDRESS', message);
}

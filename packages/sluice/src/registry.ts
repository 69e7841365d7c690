// The protocols: one entry each. Command line, documentation and conformance tests read it.
import type { BackEnd } from '@sluice/back-ends';
import type { FrontEnd } from '@sluice/front-ends';

/** A protocol: the side that web servers talk to, and the side that talks to another server. */
export interface Protocol {
  /** Whether programs are started for its requests: nobody listens, and a back-end is named by its path. */
  readonly startsPrograms: boolean;
  /** Loads the front-end. */
  readonly frontEnd: () => Promise<FrontEnd>;
  /** Loads the back-end. */
  readonly backEnd: () => Promise<BackEnd>;
}

/** The name of a protocol. */
export type ProtocolName = 'http' | 'scgi' | 'uwsgi' | 'fastcgi' | 'ajp' | 'cgi';

/** Every protocol by the scheme of its addresses; loaded when it is used. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  http: {
    startsPrograms: false,
    frontEnd: async () => (await import('@sluice/front-ends/http')).http,
    backEnd: async () => (await import('@sluice/back-ends/http')).http,
  },
  scgi: {
    startsPrograms: false,
    frontEnd: async () => (await import('@sluice/front-ends/scgi')).scgi,
    backEnd: async () => (await import('@sluice/back-ends/scgi')).scgi,
  },
  uwsgi: {
    startsPrograms: false,
    frontEnd: async () => (await import('@sluice/front-ends/uwsgi')).uwsgi,
    backEnd: async () => (await import('@sluice/back-ends/uwsgi')).uwsgi,
  },
  fastcgi: {
    startsPrograms: false,
    frontEnd: async () => (await import('@sluice/front-ends/fastcgi')).fastcgi,
    backEnd: async () => (await import('@sluice/back-ends/fastcgi')).fastcgi,
  },
  // Its scheme is that of Apache, the name of its packages has the version.
  ajp: {
    startsPrograms: false,
    frontEnd: async () => (await import('@sluice/front-ends/ajp13')).ajp13,
    backEnd: async () => (await import('@sluice/back-ends/ajp13')).ajp13,
  },
  cgi: {
    startsPrograms: true,
    frontEnd: async () => (await import('@sluice/front-ends/cgi')).cgi,
    backEnd: async () => (await import('@sluice/back-ends/cgi')).cgi,
  },
};

/** Whether there is a protocol of that name. */
export function isProtocolName(name: string): name is ProtocolName {
  return Object.hasOwn(PROTOCOLS, name);
}

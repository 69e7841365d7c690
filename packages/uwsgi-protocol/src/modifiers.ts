// What modifier1 of a packet header means (uwsgi-docs, Protocol.rst).

/**
 * Kinds of packets, by modifier1 (uwsgi-docs, Protocol.rst). The values of `GCCGO`, `SSI` and `WEBDAV`
 * are those of uWSGI's plugins; 26 and 27 are as the document has them, uWSGI's own sources swap them.
 */
export const Modifier1 = {
  /** A request, with a body behind the vars block. */
  WSGI: 0,
  PSGI: 5,
  LUA: 6,
  RACK: 7,
  JVM: 8,
  CGI: 9,
  MANAGE: 10,
  GCCGO: 11,
  PHP: 14,
  MONO: 15,
  SPOOLER: 17,
  SYMCALL: 18,
  SSI: 19,
  /** Evaluates code: never to be interpreted. */
  EVAL: 22,
  XSLT: 23,
  V8: 24,
  GRIDFS: 25,
  GLUSTERFS: 26,
  FASTFUNCS: 27,
  RADOS: 28,
  /** A request whose SCRIPT_NAME the receiver removes from the start of PATH_INFO. */
  WSGI_SCRIPT_NAME: 30,
  MESSAGE: 31,
  MESSAGE_ARRAY: 32,
  MESSAGE_MARSHAL: 33,
  WEBDAV: 35,
  SNMP: 48,
  /** The `H` of an answer that begins with `HTTP`. */
  RESPONSE: 72,
  MULTICAST_ANNOUNCE: 73,
  MULTICAST: 74,
  CLUSTER: 95,
  REMOTE_LOG: 96,
  BRUTAL_RELOAD: 97,
  GRACEFUL_RELOAD: 98,
  CONFIGURATION: 99,
  /** Asks whether somebody is there (modifier2 0), and answers that (modifier2 1). */
  PING: 100,
  ECHO: 101,
  LEGION: 109,
  SIGNAL: 110,
  CACHE: 111,
  COREROUTER: 123,
  RPC: 173,
  CLOSE: 200,
  SUBSCRIPTION: 224,
  EXAMPLE: 250,
  GENERIC_RESPONSE: 255,
} as const;

/** A value of {@link Modifier1} in words, for messages: `22 (EVAL)`, or the number alone. */
export function describeModifier(modifier1: number): string {
  const known = Object.entries(Modifier1).find(([, value]) => value === modifier1);
  return known ? `${modifier1} (${known[0]})` : `${modifier1}`;
}

// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_AJP13_OPTION: 'an option that makes no sense: a packet size or a secret',
  ERR_AJP13_MAGIC: 'the first two bytes of a packet belong to another protocol',
  ERR_AJP13_PACKET_SIZE: 'a packet longer than the packet size both ends have',
  ERR_AJP13_PACKET_TYPE: 'a packet of a type that is unknown, obsolete or not for this side',
  ERR_AJP13_SHUTDOWN: 'the web server asks us to shut down: refused',
  ERR_AJP13_UNEXPECTED: 'a packet that nobody asked for',
  ERR_AJP13_DATA: 'a packet of body bytes whose length is wrong, or with more than Content-Length',
  ERR_AJP13_FORWARD: 'a Forward Request that cannot be read to its end',
  ERR_AJP13_METHOD: 'a Forward Request with an unknown method, or without one',
  ERR_AJP13_URI: 'a Forward Request whose path is none',
  ERR_AJP13_HEADER: 'a header whose name or value is none, or more headers than the limit',
  ERR_AJP13_CONTENT_LENGTH:
    'Content-Length twice, not plain digits or beside Transfer-Encoding, or a Transfer-Encoding other than chunked',
  ERR_AJP13_SECRET: 'a Forward Request without the right secret',
  ERR_AJP13_TRUNCATED: 'the peer stopped in the middle of a packet, a body or an answer',
  ERR_AJP13_RESPONSE: 'an answer that cannot be read, or whose packets come in the wrong order',
  ERR_AJP13_TOO_LARGE: 'a head that does not fit into one packet',
  ERR_AJP13_COMMAND: 'a command that cannot be written as AJP13, or not at this point',
} as const;

// The numbers of AJP/1.3: packets, methods, coded header names and attributes.

/** The first two bytes of every packet tell its direction (AJP/1.3, "Basic Packet Structure"). */
export const Magic = {
  /** Sent by the web server to the container. */
  TO_CONTAINER: 0x1234,
  /** Sent by the container to the web server: the letters AB. */
  TO_WEB_SERVER: 0x4142,
} as const;

/** One of the values of the table of the same name. */
export type Magic = (typeof Magic)[keyof typeof Magic];

/** The first byte of a payload; packets with body bytes of the request have none (AJP/1.3, "Basic Packet Structure"). */
export const PacketType = {
  /** Web server to container: the head of a request. */
  FORWARD_REQUEST: 2,
  /** Container to web server: bytes of the response body; none of them means flush. */
  SEND_BODY_CHUNK: 3,
  /** Container to web server: the head of the response. */
  SEND_HEADERS: 4,
  /** Container to web server: the response is complete. */
  END_RESPONSE: 5,
  /** Container to web server: send more of the request body. */
  GET_BODY_CHUNK: 6,
  /** Web server to container: obsolete, always refused. */
  SHUTDOWN: 7,
  /** Web server to container: obsolete, always refused. */
  PING: 8,
  /** Container to web server: the answer to CPING. */
  CPONG: 9,
  /** Web server to container: are you there? */
  CPING: 10,
} as const;

/** One of the values of the table of the same name. */
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** Methods that have a code; the first one has code 1 (AJP/1.3, "method"). */
export const METHODS = [
  'OPTIONS',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'ACL',
  'REPORT',
  'VERSION-CONTROL',
  'CHECKIN',
  'CHECKOUT',
  'UNCHECKOUT',
  'SEARCH',
  'MKWORKSPACE',
  'UPDATE',
  'LABEL',
  'MERGE',
  'BASELINE-CONTROL',
  'MKACTIVITY',
] as const;

/** The method code that says: the name is in the attribute `STORED_METHOD`. */
export const STORED_METHOD = 255;

/** The high byte of every coded header name. */
export const CODED = 0xa0;

/** Request header names that have a code; the first one has code A001 (AJP/1.3, "Request Headers"). */
export const REQUEST_HEADERS = [
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'authorization',
  'connection',
  'content-type',
  'content-length',
  'cookie',
  'cookie2',
  'host',
  'pragma',
  'referer',
  'user-agent',
] as const;

/** Response header names that have a code; the first one has code A001 (AJP/1.3, "Response Headers"). */
export const RESPONSE_HEADERS = [
  'Content-Type',
  'Content-Language',
  'Content-Length',
  'Date',
  'Last-Modified',
  'Location',
  'Set-Cookie',
  'Set-Cookie2',
  'Servlet-Engine',
  'Status',
  'WWW-Authenticate',
] as const;

/** What a request may carry behind its headers (AJP/1.3, "Attributes"). */
export const Attribute = {
  CONTEXT: 0x01,
  SERVLET_PATH: 0x02,
  REMOTE_USER: 0x03,
  AUTH_TYPE: 0x04,
  QUERY_STRING: 0x05,
  JVM_ROUTE: 0x06,
  SSL_CERT: 0x07,
  SSL_CIPHER: 0x08,
  SSL_SESSION: 0x09,
  /** A name and a value, both free. */
  REQ_ATTRIBUTE: 0x0a,
  /** An integer; lighttpd sends a string. */
  SSL_KEY_SIZE: 0x0b,
  SECRET: 0x0c,
  STORED_METHOD: 0x0d,
  ARE_DONE: 0xff,
} as const;

/** One of the values of the table of the same name. */
export type Attribute = (typeof Attribute)[keyof typeof Attribute];

/** The packet size that both ends have unless both are told otherwise, header included. */
export const DEFAULT_PACKET_SIZE = 8192;

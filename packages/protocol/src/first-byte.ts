// What a misdirected web server speaks: a wrong port is the usual cause of bytes that make no sense.

const FIRST_BYTES: Readonly<Record<number, string>> = {
  0: 'uwsgi', // modifier1 of a request
  1: 'FastCGI', // the version
  18: 'AJP13', // the first half of its magic
  22: 'TLS', // a handshake record
};

/** The protocol that begins with a byte, undefined when none of those that web servers speak does. */
export function protocolOf(firstByte: number): string | undefined {
  if (firstByte >= 0x30 && firstByte <= 0x39) return 'SCGI'; // a netstring's length
  if (firstByte >= 0x41 && firstByte <= 0x5a) return 'HTTP'; // a method
  return FIRST_BYTES[firstByte];
}

// What may stand in a Host field.

const HOST = /^(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])?(?::[0-9]*)?$/;

/** Whether a text is a host with an optional port (RFC 9110, section 7.2). */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

// node-fastcgi with the answer of bare node:http.
import type { AddressInfo } from 'node:net';
import { createServer } from 'node-fastcgi';
import { BODY } from './application.ts';

const text = BODY.toString();
const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': BODY.length });
  response.end(text);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

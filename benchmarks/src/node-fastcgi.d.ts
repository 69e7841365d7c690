// node-fastcgi has no types: it says that it is used as node:http is.
declare module 'node-fastcgi' {
  export { createServer } from 'node:http';
}

// What a CGI answer costs at least: a script that prints it, and loads nothing.
process.stdout.write(
  'Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, world!\n',
);

export {};

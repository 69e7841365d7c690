// What Go answers, by FastCGI. Argument: the address to listen on.
package main

import (
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"runtime"
)

var body = []byte("Hello, world!\n")

func hello(response http.ResponseWriter, _ *http.Request) {
	response.Header().Set("Content-Type", "text/plain")
	response.Header().Set("Content-Length", "14")
	response.Write(body)
}

func main() {
	runtime.GOMAXPROCS(1)
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(fcgi.Serve(listener, http.HandlerFunc(hello)))
}

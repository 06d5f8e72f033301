"""Takes webhooks, and notes in a file which message each was: gate.py PORT FILE."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gate(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        notes.write(f"{body['data']['id']}\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


notes = open(sys.argv[2], "w", buffering=1)
ThreadingHTTPServer.request_queue_size = 256
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Gate).serve_forever()

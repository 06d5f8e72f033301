"""Takes Postrider's webhooks: receiver.py PORT SECRET FILE

Checks their signature, knows those again that have come before, and appends the others to FILE, a line each.
"""
import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

PORT, SECRET, FILE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
seen = set()  # a real application keeps these in its database, in the transaction that does the work


def is_from_postrider(headers, body):
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, each) for each in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_from_postrider(self.headers, body):
            return self.answer(401)
        if self.headers["webhook-id"] not in seen:
            with open(FILE, "a", encoding="utf-8") as file:
                file.write(json.dumps(json.loads(body)) + "\n")
            seen.add(self.headers["webhook-id"])  # only now: if this fails, it comes again
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass  # what is received is nobody's business


HTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()

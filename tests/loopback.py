#!/usr/bin/python3
"""A web server on loopback, for tests: loopback.py FOLDER LOG [--no-ranges]. Prints its port; writes a line a request,
the first byte that was asked for and the bytes that were sent."""
import http.server
import os
import sys

folder, log, ranges = sys.argv[1], sys.argv[2], "--no-ranges" not in sys.argv


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            with open(os.path.join(folder, os.path.basename(self.path)), "rb") as file:
                data = file.read()
        except OSError:
            self.send_error(404)
            return
        asked = self.headers.get("Range", "")
        first = int(asked[len("bytes="):].split("-")[0]) if asked and ranges else 0
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first:])
        with open(log, "a") as file:
            print(first, len(data) - first, file=file)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()

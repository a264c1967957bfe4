"""A webhook as Alertmanager calls it: prints `port N`, then a line for each alert it is told of:
`firing|resolved ALERTNAME severity=S account=A resource=R: SUMMARY`. Runs until it is ended.

The format is Alertmanager's: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import http.server
import json


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in body["alerts"]:
            labels = alert["labels"]
            who = " ".join(f"{name}={labels.get(name, '')}" for name in ("severity", "account", "resource"))
            print(f"{alert['status']} {labels['alertname']} {who}: {alert['annotations']['summary']}", flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
print("port", server.server_port, flush=True)
server.serve_forever()

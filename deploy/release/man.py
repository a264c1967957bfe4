#!/usr/bin/env python3
"""Writes the manual page from what the command line's parser says of itself.

Usage: twilio-comms-exporter --experimental-dump-help | deploy/release/man.py VERSION YYYY-MM-DD > twilio-comms-exporter.1

Options come from the parser. What it does not know (environment, files, exit statuses) is here.
"""

import json
import re
import sys

NAME = "twilio-comms-exporter"
DESCRIPTION = """\
It polls the Message Operations of Twilio's Communications API in the background, keeps a ledger of the highest value
each of their stats has reached, and serves counters and gauges that can be trusted on /metrics. A scrape never calls the
API. Counters continue after a restart.

As a second word, `healthcheck` asks the exporter on this machine whether it lives, and exits with 0 if it does, else with
1. It takes `--web.listen-address`.
"""
ENVIRONMENT = [
    ("TWILIO_ACCOUNT_SID", "The account. An API key wins where both are set."),
    ("TWILIO_AUTH_TOKEN", "The auth token of the account."),
    ("TWILIO_API_KEY", "An API key, which can be revoked alone."),
    ("TWILIO_API_KEY_SECRET", "The secret of the API key."),
    ("TWILIO_AUTH_TOKEN_FILE, TWILIO_API_KEY_SECRET_FILE",
     "Instead of the secret, the path of a file that holds it. A changed file is used at the next request."),
    ("SSL_CERT_FILE", "Another file of certificates to trust."),
    ("https_proxy, http_proxy, no_proxy", "A proxy for requests to the API, as for curl."),
]
FILES = [
    ("data/ACCOUNT.RESOURCE.db", "A ledger, an SQLite database; `--storage.path` names another folder."),
    ("/etc/default/twilio-comms-exporter", "Environment of the systemd unit."),
    ("/etc/twilio-comms-exporter/secret", "The secret of the systemd unit, which root alone need be able to read."),
]
STATUS = [
    ("0", "Stopped by SIGTERM or SIGINT, or `--once` or `--config.check` succeeded."),
    ("1", "Failed at run time (address in use, ledger unusable), or the poll of `--once` failed."),
    ("2", "Wrong flags, environment or files; restarting does not help."),
]
SIGNALS = [
    ("SIGHUP", "Read configuration and secrets again; a file with a fault changes nothing."),
    ("SIGTERM, SIGINT", "Finish the commit in flight, let scrapes end, and exit within 5 seconds."),
]


def escaped(text):
    """Text of one paragraph: roff's own characters made plain, `code` made bold."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", text)
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def paragraphs(text):
    return "\n.PP\n".join(escaped(paragraph) for paragraph in text.strip().split("\n\n"))


def tagged(entries):
    return "\n".join(f".TP\n.B {escaped(name)}\n{escaped(text)}" for name, text in entries)


def option(argument):
    names = ", ".join(("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"])
    value = f" \\fI{argument['valueName']}\\fR" if argument["kind"] == "option" else ""
    text = argument.get("abstract", "")
    if values := argument.get("allValues"):
        text += " One of " + ", ".join(values) + "."
    if default := argument.get("defaultValue"):
        text += f" (default: {default})"
    return f".TP\n\\fB{escaped(names)}\\fR{value}\n{escaped(text)}"


def page(command, version, date):
    arguments = [argument for argument in command["arguments"] if argument["shouldDisplay"]]
    return "\n".join([
        f'.TH {NAME.upper()} 1 "{date}" "{NAME} {version}" "User Commands"',
        ".SH NAME", f"{escaped(NAME)} \\- Prometheus exporter for Twilio Message Operations",
        ".SH SYNOPSIS", f".B {escaped(NAME)}", "[\\fIoptions\\fR]", ".br", f".B {escaped(NAME)} healthcheck",
        "[\\fB\\-\\-web.listen\\-address\\fR \\fIaddress\\fR]",
        ".SH DESCRIPTION", paragraphs(DESCRIPTION),
        ".SH OPTIONS", "\n".join(map(option, arguments)),
        ".SH SIGNALS", tagged(SIGNALS),
        ".SH ENVIRONMENT", "Credentials come from the environment or from a configuration file, never from options.",
        tagged(ENVIRONMENT),
        ".SH FILES", tagged(FILES),
        ".SH EXIT STATUS", tagged(STATUS),
        ".SH SEE ALSO", ".BR prometheus (1),", ".BR promtool (1),", ".BR systemd.exec (5)", "",
    ])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.stdout.write(page(json.load(sys.stdin)["command"], *sys.argv[1:]))

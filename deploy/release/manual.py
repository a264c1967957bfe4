#!/usr/bin/python3
"""Writes the manual page from what the program's own parser says of its flags.

    twilio-comms-exporter --experimental-dump-help | deploy/release/manual.py VERSION DATE >twilio-comms-exporter.1

The page is in the macros of man(7). What is in no flag (environment, files, exit statuses) is here.
"""

import json
import sys

DESCRIPTION = """\
A ledger on disk remembers the highest value that each stat of each operation has reached, so that counters continue after
a restart and never step back. A scrape never calls the API."""

SECTIONS = r"""
.SH ENVIRONMENT
Credentials are read from the environment, never from flags. An API key wins where both are set.
.TP
.BR TWILIO_ACCOUNT_SID ", " TWILIO_AUTH_TOKEN
The account and its auth token.
.TP
.BR TWILIO_API_KEY ", " TWILIO_API_KEY_SECRET
An API key and its secret.
.TP
.BR TWILIO_AUTH_TOKEN_FILE ", " TWILIO_API_KEY_SECRET_FILE
Instead of the secret, the path of a file that holds it; a changed file is used at the next request.
.TP
.B SSL_CERT_FILE
Another file of trusted certificates.
.TP
.BR https_proxy ", " http_proxy ", " all_proxy ", " no_proxy
A proxy, as for
.BR curl (1);
checked at the start. In a user name or password, #, /, ?, @ and blanks must be percent-encoded.
.SH FILES
.TP
.I data/ACCOUNT.RESOURCE.db
A ledger, which is an SQLite database;
.B \-\-storage.path
names another folder.
.TP
.I /var/lib/twilio-comms-exporter
The ledgers of the systemd service, which runs as a user of its own.
.TP
.I /etc/default/twilio-comms-exporter
Environment of the systemd service, and its flags.
.TP
.I /etc/twilio-comms-exporter/secret
The auth token, or the secret of the API key; to be readable by root alone.
.TP
.IR /etc/twilio-comms-exporter/config.yml ", " /etc/twilio-comms-exporter/secrets
Several accounts of the systemd service, where its flags name that file, and a folder of their secrets, to be readable by
root alone; the service is given
.I secrets/NAME
as
.IR /run/credentials/twilio-comms-exporter.service/secrets_NAME .
.SH "EXIT STATUS"
.TP
.B 0
Stopped by SIGTERM or SIGINT, or
.B \-\-once
or
.B \-\-config.check
succeeded, or
.B healthcheck
found the exporter alive.
.TP
.B 1
Failed at run time (address in use, ledger unusable, output that cannot be written), or the poll of
.B \-\-once
failed, or
.B healthcheck
found nobody, or something hung for longer than an end may take.
.TP
.B 2
Wrong flags, environment or files; restarting does not help.
.SH SIGNALS
.TP
.B SIGHUP
Read the configuration and secrets again, all or nothing.
.TP
.BR SIGTERM ", " SIGINT
Commit what is in flight, let scrapes end, and exit, within 5 seconds.
.SH EXAMPLES
.EX
TWILIO_ACCOUNT_SID=AC... TWILIO_AUTH_TOKEN_FILE=token \e
    twilio\-comms\-exporter \-\-storage.path=data
curl http://localhost:10042/metrics
.EE
.SH "SEE ALSO"
.BR prometheus (1),
.BR promtool (1),
.BR systemd.socket (5)
"""


def escaped(text):
    """Text that troff takes for nothing but text."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def flag(argument):
    """Its names in bold, its value in italics."""
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]]
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    value = argument.get("valueName")
    return text + (f"=\\fI{escaped(value)}\\fR" if argument["kind"] == "option" and value else "")


def sentences(argument):
    text = argument.get("abstract", "")
    if argument.get("allValues"):
        text += f" One of {', '.join(argument['allValues'])}."
    if argument.get("defaultValue"):
        text += f" (default: {argument['defaultValue']})"
    return escaped(text)


def options(command):
    shown = [argument for argument in command["arguments"] if argument.get("shouldDisplay", True)]
    return "".join(f".TP\n{flag(argument)}\n{sentences(argument)}\n" for argument in shown)


def page(command, version, date):
    name = command["commandName"]
    commands = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
    paragraphs = "\n.PP\n".join(escaped(text) for text in command["discussion"].split("\n\n"))
    lines = [
        f'.TH {name.upper()} 1 {date} "{name} {version}" "User Commands"',
        f".SH NAME\n{escaped(name)} \\- Prometheus exporter for Twilio's Message Operations",
        f".SH SYNOPSIS\n.B {escaped(name)}\n.RI [ option ...]",
        *(f".br\n.B {escaped(name)} {one['commandName']}\n.RI [ option ...]" for one in commands),
        f".SH DESCRIPTION\n{escaped(command['abstract'])}\n.PP\n{escaped(DESCRIPTION)}\n.PP\n{paragraphs}",
        f".SH OPTIONS\n{options(command)}".rstrip(),
        *(
            f'.SS "Options of {one["commandName"]}"\n{escaped(one["abstract"])}\n'
            f"{escaped(one.get('discussion', ''))}\n{options(one)}".rstrip()
            for one in commands
        ),
    ]
    return "\n".join(lines) + SECTIONS


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: manual.py VERSION DATE <dump")
    sys.stdout.write(page(json.load(sys.stdin)["command"], *sys.argv[1:]))

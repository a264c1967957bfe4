"""The queries that both dashboards are made of."""

# Who exposes it; and, where a metric has these labels, what it is about.
EXPOSED = 'job=~"$job", instance=~"$instance"'
SELECTED = EXPOSED + ', account=~"$account", resource=~"$resource"'
RATE = "[$__rate_interval]"
RANGE = "[$__range]"


def selected(metric, matchers="", window=""):
    """The series of the chosen accounts and resources."""
    return f"twilio_comms_{metric}{{{matchers + ', ' if matchers else ''}{SELECTED}}}{window}"


def exposed(metric):
    """The series of the chosen exporters, for a metric without account and resource."""
    return f"{metric}{{{EXPOSED}}}"


def among(label, values):
    """A matcher; the values are one, or several with | between them."""
    return f'{label}=~"{values}"' if "|" in values else f'{label}="{values}"'


def total(expression, by=""):
    """The sum over accounts. Of several exporters in a job that watch one account, the one that saw most is counted."""
    labels = f", {by}" if by else ""
    per_account = f"sum by (job, instance, account, resource{labels}) ({expression})"
    return f"sum{f' by ({by})' if by else ''} (max by (job, account, resource{labels}) ({per_account}))"


def rate(metric, matchers="", by="", window=RATE, function="rate"):
    """The growth of a counter per second."""
    return total(f"{function}({selected(metric, matchers, window)})", by)


def increase(metric, matchers="", by="", window=RATE):
    return rate(metric, matchers, by, window, "increase")


def per_exporter(metric, by, matchers="", window=RATE, function="rate"):
    """The growth of a counter that tells of the exporter's own work, where replicas do add up."""
    return f"sum by ({by}) ({function}({selected(metric, matchers, window)}))"


def share(part, whole):
    """A ratio; nothing where there is nothing to be a part of, as a ratio of nothing is neither good nor bad."""
    return f"{part} / ({whole} > 0)"

"""Deliverability, for the people who send."""

from model import (
    CHOICES,
    OBJECTIVE,
    bars,
    color,
    frame,
    heatmap,
    link_to,
    mapping,
    now,
    number,
    row,
    series,
    stat,
    target,
)
from promql import RANGE, RATE, among, exposed, increase, rate, selected, share, total

OUTCOMES = [
    color("sent", "blue"),
    color("delivered", "green"),
    color("read", "super-light-green"),
    color("opened", "super-light-green"),
    color("read or opened", "super-light-green"),
    color("undelivered", "orange"),
    color("unaddressable", "purple"),
    color("failed", "red"),
    color("canceled", "text"),
]
STATUSES = [
    color("scheduled", "purple"),
    color("processing", "blue"),
    color("completed", "green"),
    color("canceled", "text"),
    color("unknown", "red"),
    color("created", "yellow"),
]
READ = "read|opened"
PROCESSED = "sent|failed"
WITH_RECEIPT = "delivered|undelivered"
UNFINISHED = "scheduled|processing"
BY_ACCOUNT = "account, resource"


def outcomes(pattern, by="", window=RATE):
    return increase("message_outcomes_total", among("outcome", pattern), by, window)


def outcome_share(part, whole, by="", window=RATE):
    return share(outcomes(part, by, window), outcomes(whole, by, window))


def unaddressable(window=RATE):
    return share(outcomes("unaddressable", window=window), increase("recipients_total", window=window))


def operations(statuses, by=""):
    return total(selected("window_operations", among("status", statuses)), by)


def waiting(pattern, by=""):
    return total(selected("window_messages", among("outcome", pattern)), by)


def oldest(statuses, by=""):
    """The age of the oldest unfinished operation; 0 where there is none, of which there is no such metric."""
    born = selected("oldest_unfinished_operation_timestamp_seconds", among("status", statuses))
    grouped = f" by ({by})" if by else ""
    return f"time() - min{grouped} ({born}) or {operations(statuses, by)} == 0"


def data_age(by=""):
    """Before the first successful poll it is the exporter's own age."""
    polled = selected("last_successful_poll_timestamp_seconds")
    started = f"{polled} + on (job, instance) group_left () {exposed('process_start_time_seconds')}"
    return f"max{f' by ({by})' if by else ''} (time() - ({polled} > 0 or {started}))"


def polling():
    return stat(
        "Polling",
        "Whether the last poll of every selected account and resource succeeded.",
        now(f"min({selected('up')})"),
        "none",
        ["red", (1, "green")],
        mappings=mapping(_1=("ok", "green"), _0=("failing", "red")),
    )


def age_of_data():
    return stat(
        "Data age",
        "Time since the last successful poll of the account that is furthest behind; before the first "
        "one, since the exporter started.",
        now(data_age()),
        "s",
        ["green", (300, "orange"), (1800, "red")],
    )


def in_the_selected_time():
    return [
        row("In the selected time"),
        stat(
            "Messages sent",
            "Messages and e-mails that were sent.",
            now(outcomes("sent", window=RANGE)),
            "short",
            ["blue"],
        ),
        stat(
            "Delivered",
            "Delivered messages as a share of those sent. Receipts come late and some carriers give none, so "
            "it is low while messages go out; at most 100 %.",
            now(f"clamp_max({outcome_share('delivered', 'sent', window=RANGE)}, 1)"),
            "percentunit",
            ["green"],
            decimals=1,
            none="none sent",
        ),
        stat(
            "Read or opened",
            "Read messages, and opened e-mails, as a share of those delivered; at most 100 %.",
            now(f"clamp_max({outcome_share(READ, 'delivered', window=RANGE)}, 1)"),
            "percentunit",
            ["green"],
            decimals=1,
            none="none delivered",
        ),
        stat(
            "Failure ratio",
            "Failed messages as a share of all processed ones (sent or failed). Its colours change at the "
            "thresholds of TwilioCommsFailureRatioHigh.",
            now(outcome_share("failed", PROCESSED, window=RANGE)),
            "percentunit",
            ["green", (0.05, "orange"), (0.25, "red")],
            decimals=2,
            none="none processed",
        ),
        stat(
            "Undelivered ratio",
            "Undelivered messages as a share of those with a receipt (delivered or undelivered). Its "
            "colours change at the thresholds of TwilioCommsUndeliveredRatioHigh.",
            now(outcome_share("undelivered", WITH_RECEIPT, window=RANGE)),
            "percentunit",
            ["green", (0.1, "orange"), (0.3, "red")],
            decimals=2,
            none="no receipts",
        ),
        stat(
            "Unaddressable ratio",
            "Recipients without an address that fits the sender, as a share of all recipients. Its "
            "colour changes at the threshold of TwilioCommsUnaddressableRatioHigh. E-mails have no such outcome.",
            now(unaddressable(RANGE)),
            "percentunit",
            ["green", (0.1, "orange")],
            decimals=2,
            none="no recipients",
        ),
    ]


def budget_and_now():
    return [
        stat(
            "Failure budget burn",
            "How many times faster messages failed in the selected time than the failure objective "
            "allows: at 1 all that may fail in a month does, no more. Its colours change at the thresholds of "
            "TwilioCommsErrorBudgetBurn.",
            now(f"{outcome_share('failed', PROCESSED, window=RANGE)} / $failure_objective"),
            "none",
            ["green", (1, "orange"), (6, "red")],
            decimals=2,
            none="none processed",
        ),
        stat(
            "In progress",
            "Operations that are scheduled or processing.",
            now(operations(UNFINISHED)),
            "short",
            ["blue"],
        ),
        stat(
            "Oldest in processing",
            "Age of the oldest operation that is still processing; 0 if there is none. Its colours "
            "change at the thresholds of TwilioCommsOperationStuck.",
            now(oldest("processing")),
            "s",
            ["green", (14400, "orange"), (36000, "red")],
        ),
        stat(
            "Messages queued",
            "Messages that wait for their turn, in operations of the last 7 days. The API fails what has "
            "been queued for 10 hours.",
            now(waiting("queued")),
            "short",
            ["blue"],
        ),
        age_of_data(),
        polling(),
    ]


def flow():
    return [
        row("Messages"),
        series(
            "Outcomes",
            "Messages that reached an outcome, per second. A message counts in each outcome it passes: a "
            "delivered one was sent before. Unaddressable counts recipients.",
            "cps",
            target(rate("message_outcomes_total", by="outcome"), "{{outcome}}"),
            overrides=OUTCOMES,
        ),
        bars(
            "Funnel",
            "How far messages came in the selected time: submitted in operations, sent, delivered, read (of "
            "e-mails: opened). What was sent before may have been read in it.",
            "short",
            now(increase("messages_total", window=RANGE), "submitted"),
            now(outcomes("sent", window=RANGE), "sent"),
            now(outcomes("delivered", window=RANGE), "delivered"),
            now(outcomes(READ, window=RANGE), "read or opened"),
            overrides=[color("submitted", "purple"), *OUTCOMES],
        ),
    ]


def ratios():
    return [
        series(
            "Failure ratio and its objective",
            "Failed messages as a share of those processed (sent or failed); no line "
            "where none was. The objective is the variable above, 3 % as in the recording rules.",
            "percentunit",
            target(outcome_share("failed", PROCESSED), "failed"),
            target("vector($failure_objective)", "objective"),
            overrides=[color("failed", "orange"), OBJECTIVE],
            top=0.05,
        ),
        series(
            "Undelivered ratio and its objective",
            "Undelivered messages as a share of those with a receipt (delivered or "
            "undelivered); no line where there was none. The objective is the variable above, 6 % as in the recording "
            "rules.",
            "percentunit",
            target(outcome_share("undelivered", WITH_RECEIPT), "undelivered"),
            target("vector($undelivered_objective)", "objective"),
            overrides=[color("undelivered", "orange"), OBJECTIVE],
            top=0.1,
        ),
        series(
            "Failure ratio by account",
            "Failed messages as a share of those processed (sent or failed), for each account and resource.",
            "percentunit",
            target(outcome_share("failed", PROCESSED, BY_ACCOUNT), "{{account}} {{resource}}"),
            top=0.05,
        ),
    ]


def costs():
    attempts = share(increase("attempts_total", by="resource"), outcomes(PROCESSED, "resource"))
    window_attempts = share(
        total(selected("window_attempts", among("status", "completed")), "resource"),
        total(selected("window_submitted_messages", among("status", "completed")), "resource"),
    )
    return [
        series(
            "Messages waiting",
            "Messages that are queued, or scheduled for later, in operations of the last 7 days. The "
            "API fails what has been queued for 10 hours.",
            "short",
            target(waiting("queued|scheduled", "outcome"), "{{outcome}}"),
            overrides=[color("queued", "blue"), color("scheduled", "purple")],
        ),
        series(
            "Attempts per message",
            "Sending attempts for each processed message, and for each message of the completed "
            "operations of the last 7 days. More than usual means fallbacks, which may cost.",
            "none",
            target(attempts, "{{resource}}"),
            target(window_attempts, "{{resource}}, last 7 days"),
            minimum=None,
        ),
        series(
            "Unaddressable ratio",
            "Recipients without an address that fits the sender, as a share of all recipients; no "
            "line where there was none.",
            "percentunit",
            target(unaddressable(), "unaddressable"),
            overrides=OUTCOMES,
            top=0.02,
        ),
    ]


def all_operations():
    finished = rate("operations_finished_total", by="status")
    return [
        row("Operations"),
        series(
            "Operations by status",
            "Operations of the last 7 days by their status, as the API last reported it.",
            "short",
            target(total(selected("window_operations"), "status"), "{{status}}"),
            overrides=STATUSES,
            stacked=True,
            width=8,
        ),
        series(
            "Operations in progress",
            "Operations of the last 7 days that are scheduled or processing.",
            "short",
            target(operations(UNFINISHED, "status"), "{{status}}"),
            overrides=STATUSES,
            width=8,
        ),
        series(
            "Operations created and finished",
            "Operations created, completed and canceled, per second.",
            "cps",
            target(rate("operations_seen_total"), "created"),
            target(finished, "{{status}}"),
            overrides=STATUSES,
            width=8,
        ),
    ]


def times():
    buckets = total(f"rate({selected('operation_duration_seconds_bucket', window=RATE)})", "le")
    return [
        heatmap(
            "Time to complete",
            "How many operations took how long, from their creation to the last change, when they "
            "were first seen completed.",
            increase("operation_duration_seconds_bucket", by="le"),
        ),
        series(
            "Time to complete, median and 95th percentile",
            "Half of the operations, and 95 of 100, took no longer than this from their creation to the last change.",
            "s",
            target(f"histogram_quantile(0.5, {buckets})", "median"),
            target(f"histogram_quantile(0.95, {buckets})", "95th percentile"),
        ),
        series(
            "Age of the oldest unfinished operation",
            "Age of the oldest scheduled and of the oldest processing "
            "operation; 0 if there is none. The API forgets operations after 7 days.",
            "s",
            target(oldest(UNFINISHED, "status"), "{{status}}"),
            overrides=STATUSES,
        ),
        series(
            "Unfinished operations expired",
            "Operations that the API forgot, after 7 days, while they were scheduled or "
            "processing: nobody will know how they end.",
            "short",
            target(increase("expired_unfinished_operations_total", by=BY_ACCOUNT), "{{account}} {{resource}}"),
            style="bars",
            top=1,
        ),
    ]


def dashboard():
    variables = [
        *CHOICES,
        number("failure_objective", "Failure objective", "0.03"),
        number("undelivered_objective", "Undelivered objective", "0.06"),
    ]
    links = [link_to("twilio-comms-exporter", "Exporter", "How the exporter is doing")]
    return frame(
        "twilio-comms-overview",
        "Twilio Communications / Overview",
        "Deliverability of messages sent through Twilio's Communications API.",
        variables,
        links,
        [*in_the_selected_time(), *budget_and_now(), *flow(), *ratios(), *costs(), *all_operations(), *times()],
    )

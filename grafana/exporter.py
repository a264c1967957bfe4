"""How the exporter itself is doing: its polls, the API, the ledgers, the process."""

from model import CHOICES, color, frame, heatmap, link_to, mapping, now, row, series, stat, states, target
from overview import BY_ACCOUNT, age_of_data, data_age, polling
from promql import RANGE, RATE, exposed, increase, per_exporter, selected, share

# Green for an answer, yellow for what is tried again, red for what is not.
CODES = [
    color("200", "green"),
    color("429", "yellow"),
    color("error", "red"),
    *(color(code, "dark-orange") for code in ("400", "401", "403", "404")),
    *(color(code, "semi-dark-red") for code in ("500", "502", "503", "504")),
]
WHO = "{{account}} {{resource}}"
THIRD = {"width": 8, "height": 7}


def quantile(share_of_all, metric):
    buckets = f"sum by (le) (rate({selected(metric + '_bucket', window=RATE)}))"
    return f"histogram_quantile({share_of_all}, {buckets})"


def mean(metric):
    sums, counts = (f"sum(rate({selected(metric + part, window=RATE)}))" for part in ("_sum", "_count"))
    return share(sums, counts)


def spread(metric):
    return f"sum by (le) (increase({selected(metric + '_bucket', window=RATE)}))"


def polls_now():
    failures = f"sum(increase({selected('poll_failures_total', window=RANGE)}))"
    all_polls = f"sum(increase({selected('polls_total', window=RANGE)}))"
    return [
        row("Polls"),
        polling(),
        age_of_data(),
        stat(
            "Polls that failed",
            "Failed polls as a share of all, in the selected time.",
            now(share(failures, all_polls)),
            "percentunit",
            ["green", (0.01, "orange"), (0.5, "red")],
            decimals=1,
            none="no polls",
        ),
        stat(
            "Ledgers",
            "Accounts and resources that are polled, each into a ledger of its own.",
            now(f"count(count by (job, account, resource) ({selected('up')}))"),
            "short",
            ["blue"],
        ),
        stat(
            "Never seen",
            "Creation time that left the API's retention in the selected time without having been listed: "
            "operations of it may be missing.",
            now(increase("coverage_gap_seconds_total", window=RANGE)),
            "s",
            ["green", (1, "red")],
        ),
        stat(
            "Configuration",
            "Whether the configuration was last read without a fault. A faulty one changes nothing: the "
            "exporter goes on with the one before.",
            now(f"min({exposed('twilio_comms_exporter_config_last_reload_successful')})"),
            "none",
            ["red", (1, "green")],
            mappings=mapping(_1=("ok", "green"), _0=("faulty", "red")),
        ),
    ]


def polls_over_time():
    return [
        states(
            "Polls by account",
            "Whether the last poll succeeded, for each exporter, account and resource.",
            mapping(_1=("ok", "green"), _0=("failing", "red")),
            target(f"min by (instance, account, resource) ({selected('up')})", WHO + " ({{instance}})"),
            height=7,
        ),
        series(
            "Polls and their failures",
            "Polls per second, and those that failed, by reason.",
            "cps",
            target(f"sum(rate({selected('polls_total', window=RATE)}))", "all polls"),
            target(per_exporter("poll_failures_total", "reason"), "{{reason}}"),
            overrides=[color("all polls", "green")],
            height=7,
        ),
        series(
            "Age of the last successful poll",
            "Time since the last successful poll; before the first one, since the exporter started.",
            "s",
            target(data_age(BY_ACCOUNT), WHO),
            height=7,
        ),
        series(
            "Age of sweeps",
            "Time since each sweep was last complete, of the account that is furthest behind. Expect "
            "saw teeth as high as the sweep's cadence: 30 s, 5 min for pending and day, 30 min for week.",
            "s",
            target(f"time() - min by (sweep) ({selected('sweep_last_success_timestamp_seconds')} > 0)", "{{sweep}}"),
            height=7,
        ),
        heatmap("Poll duration", "How many polls took how long.", spread("poll_duration_seconds"), "Blues", height=7),
        series(
            "Poll duration, mean and 95th percentile",
            "How long polls take. One that takes longer than the interval is followed by the next tick.",
            "s",
            target(mean("poll_duration_seconds"), "mean"),
            target(quantile(0.95, "poll_duration_seconds"), "95th percentile"),
            height=7,
        ),
    ]


def api():
    return [
        row("API"),
        series(
            "Requests by code",
            "Requests to the API per second, by HTTP status; error where there was no response.",
            "reqps",
            target(per_exporter("api_requests_total", "code"), "{{code}}"),
            overrides=CODES,
            **THIRD,
        ),
        heatmap(
            "Request duration",
            "How many requests to the API took how long.",
            spread("api_request_duration_seconds"),
            "Blues",
            **THIRD,
        ),
        series(
            "Request duration, mean and 95th percentile",
            "How long requests to the API take.",
            "s",
            target(mean("api_request_duration_seconds"), "mean"),
            target(quantile(0.95, "api_request_duration_seconds"), "95th percentile"),
            **THIRD,
        ),
        series(
            "Retries",
            "Requests that were sent again, per second, by why.",
            "reqps",
            target(per_exporter("api_retries_total", "reason"), "{{reason}}"),
            **THIRD,
        ),
        series(
            "Waiting because throttled",
            "The share of time an account spent waiting because the API asked for it.",
            "percentunit",
            target(per_exporter("api_throttled_seconds_total", BY_ACCOUNT), WHO),
            top=0.01,
            **THIRD,
        ),
        series(
            "Clock skew",
            "The API's clock minus the exporter's, which the exporter corrects for. The API tells whole seconds only.",
            "s",
            target(
                f"max by (instance, account, resource) ({selected('api_clock_skew_seconds')})", WHO + " ({{instance}})"
            ),
            minimum=None,
            **THIRD,
        ),
    ]


def ledgers():
    return [
        row("Ledgers"),
        series(
            "Operations held",
            "Operations in the ledger: those of the last 7 days.",
            "short",
            target(f"max by (account, resource) ({selected('ledger_operations')})", WHO),
            **THIRD,
        ),
        series(
            "Size",
            "Size of the ledger's database, without its write-ahead log.",
            "bytes",
            target(f"max by (account, resource) ({selected('ledger_size_bytes')})", WHO),
            **THIRD,
        ),
        states(
            "Reading of the stats",
            "Whether the API's stats count a message in its present state only (exclusive) or in "
            "every state it has passed (cumulative), as the exporter reads them.",
            mapping(_0=("exclusive", "blue"), _1=("cumulative", "purple")),
            target("max by (account, resource) (" + selected("stats_reading", 'reading="cumulative"') + ")", WHO),
            **THIRD,
        ),
    ]


def doubts():
    return [
        stat(
            "Born",
            "When each ledger was born: counters start there, and operations older than that count only what they "
            "gained since.",
            now(f"min by (account, resource) ({selected('ledger_birth_timestamp_seconds')} > 0) * 1000", WHO),
            "dateTimeAsIso",
            ["blue"],
            width=12,
            none="not yet",
            text="value_and_name",
        ),
        stat(
            "Set aside",
            "Ledgers that were set aside in the selected time, damaged or not the account's, and begun anew.",
            now(increase("ledger_recoveries_total", window=RANGE)),
            "short",
            ["green", (1, "red")],
            width=6,
        ),
        stat(
            "Regressions",
            "Observations in the selected time in which a stat had fallen below its high-water mark.",
            now(increase("stat_regressions_total", window=RANGE)),
            "short",
            ["green", (1, "orange")],
            width=6,
        ),
        series(
            "Regressions by stat",
            "Observations in which a stat had fallen below its high-water mark; not applied to counters.",
            "short",
            target(increase("stat_regressions_total", by="stat"), "{{stat}}"),
            style="bars",
            top=1,
            **THIRD,
        ),
        series(
            "Invalid operations",
            "Faults in listed operations, which were skipped or tolerated while the rest counted.",
            "short",
            target(increase("invalid_operations_total", by="reason"), "{{reason}}"),
            style="bars",
            top=1,
            **THIRD,
        ),
        series(
            "Coverage gap and ledgers set aside",
            "Seconds of creation time that were never listed, and ledgers begun "
            "anew: after either, counters miss something.",
            "short",
            target(increase("coverage_gap_seconds_total"), "seconds not covered"),
            target(increase("ledger_recoveries_total"), "ledgers set aside"),
            style="bars",
            top=1,
            **THIRD,
        ),
    ]


def process_now():
    reloaded = exposed("twilio_comms_exporter_config_last_reload_success_timestamp_seconds")
    return [
        row("Process"),
        stat(
            "Scraped",
            "Whether Prometheus reaches every selected exporter.",
            now(f"min({exposed('up')})"),
            "none",
            ["red", (1, "green")],
            mappings=mapping(_1=("ok", "green"), _0=("down", "red")),
        ),
        stat(
            "Version",
            "What the exporters were built from.",
            now(f"count by (version) ({exposed('twilio_comms_exporter_build_info')})", "{{version}}"),
            "none",
            ["blue"],
            text="name",
        ),
        stat(
            "Shard",
            "Which shards of all accounts the selected exporters have, from 0, and of how many.",
            now(f"count by (shard, shards) ({exposed('twilio_comms_exporter_shard_info')})", "{{shard}} of {{shards}}"),
            "none",
            ["blue"],
            text="name",
        ),
        stat(
            "Up for",
            "Time since the exporter that started last did.",
            now(f"time() - max({exposed('process_start_time_seconds')})"),
            "s",
            ["blue"],
        ),
        stat(
            "Configuration read",
            "Time since the configuration was last read without a fault.",
            now(f"time() - min({reloaded})"),
            "s",
            ["blue"],
        ),
        stat(
            "Open file descriptors",
            "As a share of the most there may be, of the exporter that is closest to it.",
            now(f"max({exposed('process_open_fds')} / {exposed('process_max_fds')})"),
            "percentunit",
            ["green", (0.5, "orange"), (0.8, "red")],
            decimals=2,
        ),
    ]


def process_over_time():
    return [
        series(
            "CPU",
            "CPU time per second: 100 % is one core.",
            "percentunit",
            target(f"rate({exposed('process_cpu_seconds_total')}{RATE})", "{{instance}}"),
            **THIRD,
        ),
        series(
            "Memory",
            "Resident memory.",
            "bytes",
            target(exposed("process_resident_memory_bytes"), "{{instance}}"),
            **THIRD,
        ),
        series(
            "Threads and file descriptors",
            "How many there are.",
            "short",
            target(exposed("process_threads"), "threads of {{instance}}"),
            target(exposed("process_open_fds"), "descriptors of {{instance}}"),
            **THIRD,
        ),
        series(
            "Scrape duration",
            "How long Prometheus' scrapes take. They never wait for the API.",
            "s",
            target(exposed("scrape_duration_seconds"), "{{instance}}"),
            height=7,
        ),
        series(
            "Samples",
            "Samples in each scrape.",
            "short",
            target(exposed("scrape_samples_scraped"), "{{instance}}"),
            height=7,
        ),
    ]


def dashboard():
    links = [link_to("twilio-comms-overview", "Overview", "How messages are doing")]
    return frame(
        "twilio-comms-exporter",
        "Twilio Communications / Exporter",
        "Health of the exporter that reads Twilio's Communications API: polls, API, ledgers, process.",
        CHOICES,
        links,
        [*polls_now(), *polls_over_time(), *api(), *ledgers(), *doubts(), *process_now(), *process_over_time()],
    )

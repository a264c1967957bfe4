package main

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

const namespace = "twilio_comms_"

var statuses = []string{"SCHEDULED", "PROCESSING", "COMPLETED", "CANCELED"}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	options := prometheus.CounterOpts{Name: namespace + name, Help: help}
	return promauto.NewCounterVec(options, append([]string{"account", "resource"}, labels...))
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	options := prometheus.GaugeOpts{Name: namespace + name, Help: help}
	return promauto.NewGaugeVec(options, append([]string{"account", "resource"}, labels...))
}

func histograms(name, help string, buckets ...float64) *prometheus.HistogramVec {
	options := prometheus.HistogramOpts{Name: namespace + name, Help: help, Buckets: buckets}
	return promauto.NewHistogramVec(options, []string{"account", "resource"})
}

var (
	operationsSeen     = counters("operations_seen_total", "Operations created since the start.")
	operationsFinished = counters("operations_finished_total", "Operations that were completed or canceled.", "status")
	messages           = counters("messages_total", "Messages in operations.")
	recipients         = counters("recipients_total", "Recipients targeted by operations.")
	attempts           = counters("attempts_total", "Sending attempts made by Twilio.")
	outcomes           = counters("message_outcomes_total", "Messages that reached the outcome.", "outcome")
	operationDuration  = histograms("operation_duration_seconds", "Time from createdAt to updatedAt of completed operations.",
		1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)

	windowOperations = gauges("window_operations", "Operations of the last 7 days by status.", "status")
	windowMessages   = gauges("window_messages", "Messages of the last 7 days' operations.", "status", "outcome")
	windowSubmitted  = gauges("window_submitted_messages", "Sum of stats.total of the last 7 days' operations.", "status")
	windowRecipients = gauges("window_recipients", "Sum of stats.recipients of the last 7 days' operations.", "status")
	windowAttempts   = gauges("window_attempts", "Sum of stats.attempts of the last 7 days' operations.", "status")
	oldestUnfinished = gauges("oldest_unfinished_operation_timestamp_seconds", "Creation of the oldest unfinished operation.",
		"status")

	up           = gauges("up", "1 if the last poll of the API succeeded.")
	lastSuccess  = gauges("last_successful_poll_timestamp_seconds", "When the last successful poll ended.")
	polls        = counters("polls_total", "Polls that have ended.")
	pollFailures = counters("poll_failures_total", "Polls that failed.")
	pollDuration = histograms("poll_duration_seconds", "How long polls took.",
		.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
	apiRequests        = counters("api_requests_total", "Requests to the API by HTTP status.", "code")
	apiRequestDuration = histograms("api_request_duration_seconds", "How long requests to the API took.",
		.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60)
	ledgerOperations = gauges("ledger_operations", "Operations that are remembered.")
)

// metrics are those of one account.
type metrics struct {
	account, resource             string
	seen, messages                prometheus.Counter
	recipients, attempts          prometheus.Counter
	outcomes                      map[string]prometheus.Counter
	polls, failures               prometheus.Counter
	up, lastSuccess               prometheus.Gauge
	operationDuration             prometheus.Observer
	pollDuration, requestDuration prometheus.Observer
}

func newMetrics(account, resource string) *metrics {
	m := &metrics{
		account: account, resource: resource,
		seen:              operationsSeen.WithLabelValues(account, resource),
		messages:          messages.WithLabelValues(account, resource),
		recipients:        recipients.WithLabelValues(account, resource),
		attempts:          attempts.WithLabelValues(account, resource),
		outcomes:          map[string]prometheus.Counter{},
		polls:             polls.WithLabelValues(account, resource),
		failures:          pollFailures.WithLabelValues(account, resource),
		up:                up.WithLabelValues(account, resource),
		lastSuccess:       lastSuccess.WithLabelValues(account, resource),
		operationDuration: operationDuration.WithLabelValues(account, resource),
		pollDuration:      pollDuration.WithLabelValues(account, resource),
		requestDuration:   apiRequestDuration.WithLabelValues(account, resource),
	}
	for _, outcome := range []string{"sent", "delivered", "read", "undelivered", "unaddressable", "failed", "canceled"} {
		m.outcomes[outcome] = outcomes.WithLabelValues(account, resource, outcome)
	}
	return m
}

func (m *metrics) requests(code string) prometheus.Counter {
	return apiRequests.WithLabelValues(m.account, m.resource, code)
}

// count adds what an observation gained; most gain nothing.
func (m *metrics) count(gained gain) {
	if gained.operations > 0 {
		m.seen.Add(float64(gained.operations))
	}
	if gained.finished != "" {
		operationsFinished.WithLabelValues(m.account, m.resource, strings.ToLower(gained.finished)).Inc()
		m.operationDuration.Observe(gained.duration.Seconds())
	}
	if gained.marks == (marks{}) {
		return
	}
	m.messages.Add(float64(gained.messages))
	m.recipients.Add(float64(gained.recipients))
	m.attempts.Add(float64(gained.attempts))
	m.outcomes["sent"].Add(float64(gained.sent))
	m.outcomes["delivered"].Add(float64(gained.delivered))
	m.outcomes["read"].Add(float64(gained.read))
	m.outcomes["undelivered"].Add(float64(gained.undelivered))
	m.outcomes["unaddressable"].Add(float64(gained.unaddressable))
	m.outcomes["failed"].Add(float64(gained.failed))
	m.outcomes["canceled"].Add(float64(gained.canceled))
}

// showWindow sets the gauges to what the ledger holds.
func (m *metrics) showWindow(l *ledger) {
	ledgerOperations.WithLabelValues(m.account, m.resource).Set(float64(len(l.operations)))
	for status, sum := range l.window() {
		m.showStatus(strings.ToLower(status), sum)
	}
}

func (m *metrics) showStatus(status string, sum *summary) {
	windowOperations.WithLabelValues(m.account, m.resource, status).Set(float64(sum.operations))
	windowSubmitted.WithLabelValues(m.account, m.resource, status).Set(float64(sum.stats.Total))
	windowRecipients.WithLabelValues(m.account, m.resource, status).Set(float64(sum.stats.Recipients))
	windowAttempts.WithLabelValues(m.account, m.resource, status).Set(float64(sum.stats.Attempts))
	for outcome, value := range map[string]int64{
		"scheduled": sum.stats.Scheduled, "queued": sum.stats.Queued, "sent": sum.stats.Sent,
		"delivered": sum.stats.Delivered, "read": sum.stats.Read, "undelivered": sum.stats.Undelivered,
		"unaddressable": sum.stats.Unaddressable, "failed": sum.stats.Failed, "canceled": sum.stats.Canceled,
	} {
		windowMessages.WithLabelValues(m.account, m.resource, status, outcome).Set(float64(value))
	}
	if !sum.oldest.IsZero() && (status == "scheduled" || status == "processing") {
		oldestUnfinished.WithLabelValues(m.account, m.resource, status).Set(float64(sum.oldest.Unix()))
	}
}

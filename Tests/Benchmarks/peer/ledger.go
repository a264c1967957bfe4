package main

import "time"

// marks are the highest values that an operation's milestones have reached.
type marks struct {
	messages, recipients, attempts                                      int64
	sent, delivered, read, undelivered, unaddressable, failed, canceled int64
}

// seen is an operation as last listed, with its marks.
type seen struct {
	operation
	marks
}

// gain is what an observation adds to the counters.
type gain struct {
	marks
	operations int
	// finished is the status of an operation that has just reached its end.
	finished string
	duration time.Duration
}

// ledger remembers the operations of one account, in memory.
type ledger struct {
	birth      time.Time
	operations map[string]*seen
}

func newLedger() *ledger {
	return &ledger{birth: time.Now(), operations: map[string]*seen{}}
}

// milestones reads stats that count a message where it is now.
func milestones(s *stats) marks {
	return marks{
		messages: s.Total, recipients: s.Recipients, attempts: s.Attempts,
		sent:      s.Sent + s.Delivered + s.Read + s.Undelivered,
		delivered: s.Delivered + s.Read,
		read:      s.Read, undelivered: s.Undelivered, unaddressable: s.Unaddressable,
		failed: s.Failed, canceled: s.Canceled,
	}
}

// raise lifts a mark to a value, and returns by how much.
func raise(mark *int64, value int64) int64 {
	if value <= *mark {
		return 0
	}
	gained := value - *mark
	*mark = value
	return gained
}

// raise lifts the marks to those of an observation, and returns what they gained.
func (m *marks) raise(to marks) marks {
	return marks{
		messages:      raise(&m.messages, to.messages),
		recipients:    raise(&m.recipients, to.recipients),
		attempts:      raise(&m.attempts, to.attempts),
		sent:          raise(&m.sent, to.sent),
		delivered:     raise(&m.delivered, to.delivered),
		read:          raise(&m.read, to.read),
		undelivered:   raise(&m.undelivered, to.undelivered),
		unaddressable: raise(&m.unaddressable, to.unaddressable),
		failed:        raise(&m.failed, to.failed),
		canceled:      raise(&m.canceled, to.canceled),
	}
}

func isFinished(status string) bool {
	return status == "COMPLETED" || status == "CANCELED"
}

// merge takes in an operation as it was listed, and returns what is new about it.
func (l *ledger) merge(observed *operation) gain {
	var gained gain
	known, ok := l.operations[observed.ID]
	wasFinished := ok && isFinished(known.Status)
	if !ok {
		known = &seen{}
		l.operations[observed.ID] = known
		if observed.CreatedAt.Before(l.birth) {
			// What it had reached before the ledger's birth does not count.
			known.marks = milestones(&observed.Stats)
			wasFinished = isFinished(observed.Status)
		} else {
			gained.operations = 1
		}
	}
	gained.marks = known.marks.raise(milestones(&observed.Stats))
	if isFinished(observed.Status) && !wasFinished {
		gained.finished = observed.Status
		gained.duration = observed.UpdatedAt.Sub(observed.CreatedAt)
	}
	known.operation = *observed
	return gained
}

// forget drops the operations that the API no longer lists.
func (l *ledger) forget(before time.Time) {
	for id, known := range l.operations {
		if known.CreatedAt.Before(before) {
			delete(l.operations, id)
		}
	}
}

// window sums up the operations by status.
func (l *ledger) window() map[string]*summary {
	sums := map[string]*summary{}
	for _, status := range statuses {
		sums[status] = &summary{}
	}
	for _, known := range l.operations {
		if sum, ok := sums[known.Status]; ok {
			sum.add(known)
		}
	}
	return sums
}

// summary is the sum of operations of one status.
type summary struct {
	operations int64
	stats      stats
	oldest     time.Time
}

func (s *summary) add(known *seen) {
	s.operations++
	s.stats.Total += known.Stats.Total
	s.stats.Recipients += known.Stats.Recipients
	s.stats.Attempts += known.Stats.Attempts
	s.stats.Scheduled += known.Stats.Scheduled
	s.stats.Queued += known.Stats.Queued
	s.stats.Sent += known.Stats.Sent
	s.stats.Delivered += known.Stats.Delivered
	s.stats.Read += known.Stats.Read
	s.stats.Undelivered += known.Stats.Undelivered
	s.stats.Unaddressable += known.Stats.Unaddressable
	s.stats.Failed += known.Stats.Failed
	s.stats.Canceled += known.Stats.Canceled
	if s.oldest.IsZero() || known.CreatedAt.Before(s.oldest) {
		s.oldest = known.CreatedAt
	}
}

package import Operations

/// Everything that will ever happen to an operation, decided when it is created: what the API says about it at any
/// moment follows in constant time and without memory of what it said before.
///
/// Messages are processed at an even rate from `start` on; of those processed a share fails and the others are sent;
/// of those sent a share turns out undelivered and most others are delivered after a delay; of those delivered a share
/// is read after another delay.
package struct Life: Equatable, Sendable {
    /// A whole second, as it is reported.
    package var created: Timestamp
    /// When sending begins; milliseconds after creation, as are all the following times.
    package var start: UInt32 = 0
    /// How long processing takes.
    package var duration: UInt32 = 0
    /// When it is canceled, which is before it ends; `never` if it is not. What is not processed by then is canceled.
    package var cancelation: UInt32 = Life.never
    /// From sending to the receipt, of messages that are delivered and of those that are not, and from there to the read.
    package var deliveryDelay: UInt32 = 0
    package var undeliveredDelay: UInt32 = 0
    package var readDelay: UInt32 = 0
    package var recipients: UInt16 = 1
    /// Recipients that get no message.
    package var unaddressable: UInt16 = 0
    /// Shares in parts of 10,000: failed of the processed, undelivered of the sent, delivered of the others, read of the
    /// delivered, and tried again on a fallback channel of the processed.
    package var failed: UInt16 = 0
    package var undelivered: UInt16 = 0
    package var delivered: UInt16 = 0
    package var read: UInt16 = 0
    package var fallback: UInt16 = 0
    /// 0 to 9,999, different in each operation: where shares of a few messages round up, so that the sum over many small
    /// operations has the share that each of them is too small to have.
    package var rounding: UInt16 = 0
    /// Whether it has a time to be sent at, and is SCHEDULED until then.
    package var isScheduled = false

    package static let never = UInt32.max

    package init(created: Timestamp) {
        self.created = created
    }
}

extension Life {
    /// Messages that are sent or fail: one for each recipient that can be addressed.
    private var addressable: Int64 { Int64(recipients) - Int64(unaddressable) }

    private var end: Int64 { Int64(start) + Int64(duration) }

    private func age(at moment: Timestamp) -> Int64 { (moment - created).milliseconds }

    private func isCanceled(_ age: Int64) -> Bool { cancelation < end && age >= cancelation }

    package func status(at moment: Timestamp) -> OperationStatus {
        let age = age(at: moment)
        if isCanceled(age) { return .canceled }
        if age >= end { return .completed }
        return isScheduled && age < start ? .scheduled : .processing
    }

    /// The creation as an API shows it that moves it by a span: of an operation with a schedule, from when it is sent on,
    /// it lies later by the span, but no later than when it was sent on. A whole second.
    package func shownCreation(at moment: Timestamp, movedBy span: Duration) -> Timestamp {
        guard isScheduled, cancelation > start, age(at: moment) >= start else { return created }
        return Timestamp(seconds: (created + min(span, .milliseconds(start))).wholeSeconds)
    }

    /// The highest numbers the operation has reached: none of them ever falls, in whatever way they are reported.
    /// `total` has the messages of recipients that cannot be addressed in it, as in the documentation's list of push
    /// notifications (<https://docs.comms.twilio.com/comms-api-reference/push-notifications/list-operations>).
    package func milestones(at moment: Timestamp) -> Counts {
        let age = age(at: moment)
        let processed = processed(age)
        let sent = sent(age)
        return [
            .total: Int64(recipients), .recipients: Int64(recipients), .unaddressable: Int64(unaddressable),
            .attempts: processed + share(fallback, of: processed, 1),
            .sent: sent, .failed: processed - sent,
            .delivered: delivered(age), .read: share(read, of: delivered(age - Int64(readDelay)), 9),
            .undelivered: undelivered(ofSent: self.sent(age - Int64(undeliveredDelay))),
            .canceled: isCanceled(age) ? addressable - processed : 0,
        ]
    }

    /// The `stats` the API reports, in either reading of them.
    package func report(at moment: Timestamp, reading: StatsReading) -> Counts {
        var stats = milestones(at: moment)
        let waiting = addressable - stats[.sent] - stats[.failed] - stats[.canceled]
        stats[status(at: moment) == .scheduled ? .scheduled : .queued] = waiting
        guard reading == .exclusive else { return stats }
        stats[.sent] -= stats[.delivered] + stats[.undelivered]
        stats[.delivered] -= stats[.read]
        return stats
    }

    /// When the report last changed, within the time between two messages.
    package func updated(at moment: Timestamp) -> Timestamp {
        let age = age(at: moment)
        let begin = Int64(min(start, cancelation))
        let finish = min(end, Int64(cancelation))
        /// The last change of what follows sending by a delay; 0 if there was none yet.
        func lastChange(after delay: UInt32, share: UInt16) -> Int64 {
            share > 0 && age >= begin + Int64(delay) ? min(age, finish + Int64(delay)) : 0
        }
        var latest = lastChange(after: 0, share: 10_000)
        if cancelation > start {
            latest = max(latest, lastChange(after: deliveryDelay, share: delivered))
            latest = max(latest, lastChange(after: undeliveredDelay, share: undelivered))
            latest = max(latest, lastChange(after: deliveryDelay + readDelay, share: read))
        }
        return created + .milliseconds(latest)
    }
}

// How many messages have got how far at an age. Each is a rising function of the age, because each is a rising function
// of the one before; what is undelivered and what is delivered are parts of what is sent that do not overlap.
extension Life {
    private func processed(_ age: Int64) -> Int64 {
        let worked = min(age, Int64(cancelation)) - Int64(start)
        guard worked >= 0 else { return 0 }
        return worked >= duration ? addressable : addressable * worked / Int64(duration)
    }

    private func sent(_ age: Int64) -> Int64 {
        let processed = processed(age)
        return processed - share(failed, of: processed, 3)
    }

    private func undelivered(ofSent sent: Int64) -> Int64 {
        share(undelivered, of: sent, 7)
    }

    private func delivered(_ age: Int64) -> Int64 {
        let sent = sent(age - Int64(deliveryDelay))
        return share(delivered, of: sent - undelivered(ofSent: sent), 11)
    }

    /// A share of `count`, from 0 to `count`, that rises with it by at most as much. `salt` is prime to 10,000 and makes
    /// the roundings of one operation differ.
    private func share(_ share: UInt16, of count: Int64, _ salt: Int64) -> Int64 {
        (count * Int64(share) + Int64(rounding) * salt % 10_000) / 10_000
    }
}

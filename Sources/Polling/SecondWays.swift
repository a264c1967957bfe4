package import CommsAPI
package import Operations

/// The forms of list requests that one resource of an account takes, as far as they have been learnt. A pure value: time comes
/// in as an argument.
///
/// The API is asked in the full forms. Plainer ones are tried after it refuses a request, and kept only where it refuses the
/// full form once more after it has taken the plainer one: a refusal for another reason teaches nothing.
package struct SecondWays: Sendable {
    /// The most plainer forms that are tried in one poll.
    package static let mostTries = 6
    /// The time after which the full form of a part is tried again.
    package static let renewal = Duration.seconds(86_400)

    /// The forms in force.
    package private(set) var forms = RequestForms()
    /// The times from which the full form of a part is to be tried again; a part for each plainer form in force.
    private var renewals: [RequestForms.Part: ContinuousClock.Instant] = [:]
    /// The parts that the API has taken in their full form.
    private var taken: Set<RequestForms.Part> = []
    private var longestTaken = Duration.zero
    /// The forms that did not help, and the number of the poll in which they were tried last.
    private var inVain: [RequestForms: Int] = [:]
    private var poll = 0
    private var tries = 0
    private var hasRefusedToken = false

    package init() {}

    package mutating func pollBegins() {
        poll += 1
        tries = 0
        hasRefusedToken = false
    }

    /// Tries all full forms again with the next requests, since it may be another API now.
    package mutating func renewAll(at now: ContinuousClock.Instant) {
        for part in renewals.keys { renewals[part] = now }
    }

    /// The part of a request whose full form is to be tried again, if there is one. `time` is the API's.
    package func renewal(
        for request: ListRequest, at now: ContinuousClock.Instant, time: Timestamp
    ) -> RequestForms.Part? {
        RequestForms.Part.allCases.first { part in
            renewals[part].map { $0 <= now } ?? false && proves(part, request, time: time)
        }
    }

    /// Puts off the trial of a full form that was refused once more.
    package mutating func putOff(_ part: RequestForms.Part, at now: ContinuousClock.Instant) {
        if renewals[part] != nil { renewals[part] = now + Self.renewal }
    }

    /// Notes that the API has taken a request in some forms. Returns the part that it takes in full form again, if it is one.
    package mutating func noteTaken(
        _ request: ListRequest, in forms: RequestForms, time: Timestamp
    ) -> RequestForms.Part? {
        for part in RequestForms.Part.allCases where forms.isFull(part) && request.has(part, at: time) {
            taken.insert(part)
        }
        if let length = request.length(at: time) { longestTaken = max(longestTaken, length) }
        let renewed = renewals.keys.first { forms.isFull($0) && proves($0, request, time: time) }
        if let renewed {
            self.forms = self.forms.full(renewed)
            renewals[renewed] = nil
        }
        return renewed
    }

    /// True if the API takes the full form of a part where it takes a request in it.
    private func proves(_ part: RequestForms.Part, _ request: ListRequest, time: Timestamp) -> Bool {
        request.has(part, at: time) && (part != .window || isTooLong(request.length(at: time)))
    }

    /// The plainer forms to try for a request that was refused in the forms in force, in order. Parts that the API has taken
    /// before come later, and so does what has not helped in earlier polls; what has not helped in this one is left out.
    package func candidates(
        for request: ListRequest, pageSize: Int, time: Timestamp
    ) -> [(part: RequestForms.Part, forms: RequestForms)] {
        let all = forms.plainer(for: request, pageSize: pageSize, at: time).filter { inVain[$0.1] != poll }
        let ranked = all.map { (part, forms) in
            let isLate = inVain[forms] != nil
            return (rank: (isLate ? 2 : 0) + (isTaken(part, of: request, time: time) ? 1 : 0), part: part, forms: forms)
        }
        return (0...3).flatMap { rank in ranked.filter { $0.rank == rank }.map { ($0.part, $0.forms) } }
    }

    private func isTaken(_ part: RequestForms.Part, of request: ListRequest, time: Timestamp) -> Bool {
        guard part != .window else { return request.length(at: time).map { $0 <= longestTaken } ?? true }
        return taken.contains(part)
    }

    /// Takes one of the tries of the poll. False where there is none left.
    package mutating func takeTry() -> Bool {
        guard tries < Self.mostTries else { return false }
        tries += 1
        return true
    }

    /// Notes that forms did not help.
    package mutating func noteVain(_ forms: RequestForms) {
        inVain[forms] = poll
    }

    /// Keeps plainer forms, after the API has taken them and refused the full ones once more.
    package mutating func learn(
        _ plainer: RequestForms, for part: RequestForms.Part, at now: ContinuousClock.Instant
    ) {
        forms = plainer
        renewals[part] = now + Self.renewal
        taken.remove(part)
        if part == .window { longestTaken = plainer.longestSpan ?? .zero }
        inVain = [:]
    }

    /// Notes that a page token was refused. False for the first in a poll, which is taken for one that has expired.
    package mutating func noteRefusedToken() -> Bool {
        defer { hasRefusedToken = true }
        return hasRefusedToken
    }
}

extension SecondWays {
    /// The least by which a span has to be longer than the longest that is listed at once: windows overlap, and those without
    /// an end grow.
    private static let excess = 1.25

    private func isTooLong(_ length: Duration?) -> Bool {
        guard let length, let longest = forms.longestSpan else { return false }
        return length > longest * Self.excess
    }

    /// The spans to list instead of one that is too long for the API, the newest first; nil where it is not.
    package func parts(of slice: Slice, at now: ContinuousClock.Instant, time: Timestamp) -> [Slice]? {
        let length = slice.length(now: time)
        guard let longest = forms.longestSpan, isTooLong(length), renewals[.window].map({ $0 > now }) ?? false
        else { return nil }
        let count = Int((length / longest).rounded(.up))
        return slice.parts(count, now: time)
    }

    /// True where lists are not to be asked for by status.
    package func omitsStatus(at now: ContinuousClock.Instant) -> Bool {
        forms.status == .unstated && renewals[.status].map { $0 > now } ?? false
    }

    /// True if a request can be made in the forms in force, by itself.
    package func allow(_ request: ListRequest, time: Timestamp) -> Bool {
        guard request.query.status == nil else { return forms.status != .unstated }
        return !isTooLong(request.length(at: time))
    }
}

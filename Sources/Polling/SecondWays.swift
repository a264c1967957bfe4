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

    /// A plainer form of a part, by its place among those to try.
    fileprivate struct Step: Hashable {
        let part: RequestForms.Part
        let number: Int
    }

    /// Forms to try for a request that was refused.
    package struct Candidate: Sendable {
        package let part: RequestForms.Part
        package let forms: RequestForms
        fileprivate let step: Step
    }

    /// The forms in force.
    package private(set) var forms = RequestForms()
    /// The times from which the full form of a part is to be tried again; a part for each plainer form in force.
    private var renewals: [RequestForms.Part: ContinuousClock.Instant] = [:]
    /// The parts that the API has taken in their full form, and the longest span.
    private var taken: Set<RequestForms.Part> = []
    private var longestTaken = Duration.zero
    /// The steps that did not help, each with the number of the poll that tried it last.
    private var inVain: [Step: Int] = [:]
    private var poll = 0
    private var tries = 0
    private var hasRefusedToken = false
    private var hasDoubted = false

    package init() {}

    package mutating func pollBegins() {
        poll += 1
        tries = 0
        hasRefusedToken = false
        hasDoubted = false
        inVain = inVain.filter { $0.value >= poll - 1 }
    }

    /// Tries all full forms again with the next requests, since it may be another API now.
    package mutating func renewAll(at now: ContinuousClock.Instant) {
        for part in renewals.keys { renewals[part] = now }
    }

    /// True once the API has taken a list of a span of time.
    package var hasTakenSpan: Bool { longestTaken > .zero }
}

extension SecondWays {
    /// The forms in which to make a request, and the part whose full form it tries again, if it does. That is put off for a day
    /// at once, so that no other request tries it meanwhile.
    package mutating func next(
        for request: ListRequest, at now: ContinuousClock.Instant
    ) -> (forms: RequestForms, renewing: RequestForms.Part?) {
        let due = renewable(with: request).first { part in
            renewals[part].map { $0 <= now } ?? false && proves(forms.full(part), part, request)
        }
        guard let due else { return (forms, nil) }
        renewals[due] = now + Self.renewal
        return (forms.full(due), due)
    }

    /// The parts that a request may renew. What keeps it from being made at all in the forms in force comes first: a list by
    /// status would be one of everything without it, and one that is too long would be refused for that.
    private func renewable(with request: ListRequest) -> [RequestForms.Part] {
        if request.query.status != nil { return forms.status == .unstated ? [.status] : RequestForms.Part.allCases }
        return isTooLong(request.length) ? [.window] : RequestForms.Part.allCases
    }

    /// Lets the full form of a part be tried again in an hour, since a fault has kept the API from saying if it takes it.
    package mutating func postpone(_ part: RequestForms.Part, at now: ContinuousClock.Instant) {
        if renewals[part] != nil { renewals[part] = now + Self.renewal / 24 }
    }

    /// Lets the full forms of a request be tried again, once a poll: it was refused in the forms in force, and no plainer one
    /// helped.
    package mutating func doubt(_ request: ListRequest, at now: ContinuousClock.Instant) {
        guard !hasDoubted else { return }
        hasDoubted = true
        for part in renewals.keys where forms.full(part).carries(part, of: request) { renewals[part] = now }
    }

    /// Notes that the API has taken a request in some forms. Returns the part that it takes in full form again, if it is one.
    package mutating func noteTaken(
        _ request: ListRequest, in sent: RequestForms
    ) -> RequestForms.Part? {
        for part in RequestForms.Part.allCases where sent.isFull(part) && sent.carries(part, of: request) {
            taken.insert(part)
        }
        if sent.carries(.window, of: request), let length = request.length {
            longestTaken = max(longestTaken, length)
        }
        guard let renewed = renewals.keys.first(where: { sent.isFull($0) && proves(sent, $0, request) })
        else { return nil }
        forms = forms.full(renewed)
        renewals[renewed] = nil
        return renewed
    }

    /// True if the API takes the full form of a part where it takes a request in some forms that have it.
    private func proves(
        _ sent: RequestForms, _ part: RequestForms.Part, _ request: ListRequest
    ) -> Bool {
        sent.carries(part, of: request) && (part != .window || isTooLong(request.length))
    }

    /// The plainer forms to try for a request that was refused in the forms in force, in order. Parts that the API has taken
    /// before come later, and so does what has not helped in the poll before; what has not helped in this one is left out.
    package func candidates(for request: ListRequest, pageSize: Int) -> [Candidate] {
        var counts: [RequestForms.Part: Int] = [:]
        let all = forms.plainer(for: request, pageSize: pageSize).map { (part, forms) in
            counts[part, default: 0] += 1
            return Candidate(part: part, forms: forms, step: Step(part: part, number: counts[part] ?? 0))
        }
        let ranked = all.filter { inVain[$0.step] != poll }.map { candidate in
            (
                rank: (inVain[candidate.step] == nil ? 0 : 2)
                    + (isTaken(candidate.part, of: request) ? 1 : 0),
                candidate
            )
        }
        return (0...3).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.1) }
    }

    private func isTaken(_ part: RequestForms.Part, of request: ListRequest) -> Bool {
        guard part != .window else { return request.length.map { $0 <= longestTaken } ?? true }
        return taken.contains(part)
    }

    /// Takes one of the tries of the poll. False where there is none left.
    package mutating func takeTry() -> Bool {
        guard tries < Self.mostTries else { return false }
        tries += 1
        return true
    }

    /// Notes that forms did not help.
    package mutating func noteVain(_ candidate: Candidate) {
        inVain[candidate.step] = poll
    }

    /// Keeps plainer forms, after the API has taken them and refused the full ones once more.
    package mutating func learn(_ candidate: Candidate, at now: ContinuousClock.Instant) {
        forms = forms.taking(candidate.part, of: candidate.forms)
        renewals[candidate.part] = now + Self.renewal
        taken.remove(candidate.part)
        if candidate.part == .window { longestTaken = forms.longestSpan ?? .zero }
        inVain = [:]
    }

    /// Notes that a page token was refused. False for the first in a poll, which is taken for one that has expired.
    package mutating func noteRefusedToken() -> Bool {
        defer { hasRefusedToken = true }
        return hasRefusedToken
    }
}

extension SecondWays {
    /// A span is too long if it is so much longer than the longest that is listed at once: windows overlap, and those without
    /// an end grow.
    private static let excess = Duration.seconds(5)

    private func isTooLong(_ length: Duration?) -> Bool {
        guard let length, let longest = forms.longestSpan else { return false }
        return length > longest + Self.excess
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
    package func allow(_ request: ListRequest) -> Bool {
        guard request.query.status == nil else { return forms.status != .unstated }
        return !isTooLong(request.length)
    }
}

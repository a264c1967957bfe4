internal import CommsAPI
internal import Ledger
internal import Operations
internal import Polling

/// What to do about an account that is down, for whoever was woken by it.
struct Advice {
    let snapshot: AccountSnapshot
    let now: Timestamp

    /// One sentence each; none where nothing is known.
    var sentences: [HTML] {
        [snapshot.health.recentPolls.last?.failure.map { "\(Self.step(after: $0))" }, respite].compactMap(\.self)
    }

    /// Until when nothing of what is created meanwhile leaves Twilio's list unseen.
    private var respite: HTML? {
        guard let listed = snapshot.ledger.coverage.spans.first?.end else { return nil }
        let end = listed + Operation.retention
        guard end > now else { return nil }
        return """
            What is created meanwhile is still counted if polls succeed again by \(end.description) \
            (\(Wording.time(end, now: now))).
            """
    }

    /// What the fault's own line does not say: whether it passes by itself, and where to look if not.
    private static func step(after failure: PollFailure) -> String {
        switch failure {
        case .api(.auth):
            "A file with a new secret is read again by itself; one in the environment needs a restart; for another SID or key,"
                + " change the configuration and reload it."
        case .api(.throttled):
            "Polls go on by themselves, as slowly as Twilio asks; if it lasts, see what else uses the account."
        case .api(.serverError): "Polls go on by themselves; if it lasts, see status.twilio.com."
        case .api(.timeout), .api(.network):
            "Polls go on by themselves; if it lasts, check names, proxy, firewall and certificates on this machine, and"
                + " see status.twilio.com."
        case .api(.clientError), .api(.malformed), .api(.pagination):
            "If base_url is right and no proxy answers in Twilio's place, this is not the documented API: report the line"
                + " above."
        case .ledger: "Numbers stay as they were last committed, and go on by themselves when the disk works again."
        }
    }
}

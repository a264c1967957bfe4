package import HTTPServer
internal import Locking
internal import Metrics
package import Passwords

/// Who may ask, how often, and with which headers everybody is answered.
///
/// Made anew when the rules change: what is known of logins outlives no change of the users, and what has been asked for
/// lately no change of the rate.
package final class Gate: Sendable {
    /// The rules, as configured; without any, everybody may ask for everything.
    package struct Rules: Sendable {
        /// Added to every response, in place of what it has of the same name.
        package var headers: [(name: String, value: String)] = []
        /// Who may log in; nobody has to where there is none.
        package var users: [String: PasswordHash] = [:]
        /// A request each interval, and so many at a time; of all clients together.
        package var rate: (interval: Duration, burst: Int)?
        /// Paths that are not counted and need neither certificate nor login.
        package var openPaths: Set<String> = []

        package init() {}
    }

    /// What becomes of a request.
    enum Admission {
        case pass
        case refusal(ServerResponse)
        /// It depends on a login that has to be tried.
        case undecided(Login)
    }

    private let rules: Rules
    private let outfit: Outfit
    /// Shared by those who were made one after the other, as long as it is the same rate.
    private let bucket: Locked<TokenBucket>?
    /// Shared in the same way, as long as the users are the same.
    private let passwords: PasswordCheck<ClientAddress>?

    /// `last` is whose place it takes.
    package init(_ rules: Rules, after last: Gate? = nil) {
        self.rules = rules
        outfit = Outfit(rules.headers)
        bucket =
            last?.bucket(for: rules) ?? rules.rate.map { Locked(TokenBucket(interval: $0.interval, burst: $0.burst)) }
        passwords =
            last?.passwords(for: rules) ?? (rules.users.isEmpty ? nil : PasswordCheck(users: rules.users))
    }

    private func bucket(for next: Rules) -> Locked<TokenBucket>? {
        guard let old = rules.rate, let new = next.rate else { return nil }
        return old == new ? bucket : nil
    }

    private func passwords(for next: Rules) -> PasswordCheck<ClientAddress>? {
        rules.users == next.users ? passwords : nil
    }

    /// Has `respond` answer those who may ask. Called by the server's threads; does not block.
    package func answer(
        _ request: ServerRequest, _ respond: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) -> ServerAnswer {
        switch admission(of: request) {
        case .pass: rules.headers.isEmpty ? respond(request) : respond(request).map(dressed)
        case .refusal(let response): .now(dressed(response))
        case .undecided(let login): answer(request, login, respond)
        }
    }

    private func answer(
        _ request: ServerRequest, _ login: Login, _ respond: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) -> ServerAnswer {
        let pending = PendingAnswer()
        let isTried = passwords?.check(login, for: request.client) { isRight in
            pending.resolve { (isRight ? respond(request) : .now(.unauthorized)).map(self.dressed) }
        }
        return isTried == true ? .later(pending) : .now(dressed(.tooMany("Too many logins are being tried", after: 1)))
    }

    func admission(of request: ServerRequest, at now: ContinuousClock.Instant? = nil) -> Admission {
        guard isGuarded(against: request), !rules.openPaths.contains(request.path) else { return .pass }
        if let wait = bucket?.withLock({ $0.take(at: now ?? .now) }) {
            return .refusal(.tooMany("Too many requests", after: wait.secondsRoundedUp))
        }
        if let fault = request.clientFault { return .refusal(.text(403, fault + "\n")) }
        guard let passwords else { return .pass }
        guard let login = request.header("Authorization").flatMap({ Login(authorization: $0) }) else {
            return .refusal(.unauthorized)
        }
        return switch passwords.verdict(on: login) {
        case .right: .pass
        case .wrong: .refusal(.unauthorized)
        case .unknown: .undecided(login)
        }
    }

    /// Whether there is any rule that it might break.
    private func isGuarded(against request: ServerRequest) -> Bool {
        bucket != nil || passwords != nil || request.clientFault != nil
    }

    private func dressed(_ response: ServerResponse) -> ServerResponse {
        rules.headers.isEmpty ? response : response.dressed(in: outfit)
    }
}

extension ServerResponse {
    /// Source: https://www.rfc-editor.org/rfc/rfc7617#section-2
    fileprivate static var unauthorized: ServerResponse {
        .text(
            401, "Log in with a name and a password that are configured here.\n",
            headers: [("WWW-Authenticate", "Basic realm=\"\(Build.name)\", charset=\"UTF-8\"")])
    }

    fileprivate static func tooMany(_ what: String, after seconds: Int64) -> ServerResponse {
        .text(429, "\(what); try again later.\n", headers: [("Retry-After", "\(seconds)")])
    }
}

extension Duration {
    fileprivate var secondsRoundedUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}

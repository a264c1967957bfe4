/// What was still awaited when its time was up.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Asks again and again until there is an answer; throws when `limit` has passed without one, and it has been asked for often
/// enough: on a machine that has no time for the test itself, the test proves nothing.
package func eventually<Answer>(
    _ what: String, within limit: Duration = .seconds(60), _ answer: () async throws -> Answer?
) async throws -> Answer {
    let deadline = ContinuousClock.now + limit
    var tries = 0
    while ContinuousClock.now < deadline || tries < 100 {
        tries += 1
        if let answer = try await answer() { return answer }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw NeverHappened(description: "\(what): not within \(limit)")
}

/// What was still awaited when its time was up.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Asks again and again until there is an answer; throws when `limit` has passed without one.
package func eventually<Answer>(
    _ what: String, within limit: Duration = .seconds(60), _ answer: () async throws -> Answer?
) async throws -> Answer {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if let answer = try await answer() { return answer }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw NeverHappened(description: "\(what): not within \(limit)")
}

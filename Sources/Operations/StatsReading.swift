/// How the members of `stats` are to be understood; the API does not document which it is.
package enum StatsReading: String, CaseIterable, Sendable {
    /// A message counts only in its current state: `sent` falls when it is delivered.
    case exclusive
    /// A message counts in every state it has passed: `sent` stays when it is delivered.
    case cumulative
}

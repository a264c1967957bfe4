/// A way to understand the members of `stats`; the API does not document which it is. The ledger stores a case by its
/// place, and its checksums run over it: another case or order is another version of its schema.
package enum StatsReading: String, CaseIterable, Sendable {
    /// A message counts only in its current state: `sent` falls when it is delivered.
    case exclusive
    /// A message counts in every state it has passed: `sent` stays when it is delivered.
    case cumulative
}

/// A ledger file that could not be used, and was kept under another name.
package struct LedgerRecovery: Equatable, Sendable, CustomStringConvertible {
    /// The file's new path.
    package let setAside: String
    package let reason: String

    /// The line for the log; where the file is now goes beside it.
    package var description: String { "ledger set aside and a fresh one begun: \(reason)" }
}

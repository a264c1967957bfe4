/// A ledger file that could not be used, and was kept under another name.
package struct LedgerRecovery: Equatable, Sendable {
    /// The file's new path.
    package let setAside: String
    package let reason: String
}

/// What of the writes that were not synced is on the disk when the power fails.
package enum PowerCut: Sendable, CaseIterable {
    /// None of them: what was synced, as it was then.
    case nothing
    /// All of them, as after a SIGKILL.
    case everything
    /// Each sector, each length and each name as it was at some moment since its last sync, independently of all others.
    case some
    /// As `some`, and where a file has grown, anything in sectors that were not written yet.
    case someOverGarbage
}

import Operations

/// The clock of the simulated world: it runs as the real one does, stands still while it is frozen, and goes on from
/// there. So it never jumps, and after a freeze it stays behind the real one.
struct WorldClock: Sendable {
    private var behind = Duration.zero
    private var frozenAt: Timestamp?

    func time(at real: Timestamp) -> Timestamp {
        frozenAt ?? real - behind
    }

    mutating func setFrozen(_ frozen: Bool, at real: Timestamp) {
        if frozen {
            frozenAt = time(at: real)
        } else if let frozenAt {
            behind = real - frozenAt
            self.frozenAt = nil
        }
    }
}

import Operations

/// How far milestones have risen, summed over operations, and how many operations have finished.
package struct Gains: Sendable {
    package private(set) var milestones = Counts()
    package private(set) var completed: Int64 = 0
    package private(set) var canceled: Int64 = 0

    /// Adds all that has happened to an operation until a moment.
    mutating func add(_ life: Life, until moment: Timestamp) {
        milestones += life.milestones(at: moment)
        addFinish(life.status(at: moment))
    }

    /// Adds what has happened to an operation since a response first showed it; nothing if none has.
    mutating func add(_ entry: OperationLog.Entry, until moment: Timestamp) {
        guard let firstShown = entry.firstShown else { return }
        milestones += entry.life.milestones(at: moment) - entry.life.milestones(at: firstShown)
        if entry.life.status(at: firstShown).isUnfinished { addFinish(entry.life.status(at: moment)) }
    }

    private mutating func addFinish(_ status: OperationStatus) {
        if status == .completed { completed += 1 }
        if status == .canceled { canceled += 1 }
    }
}

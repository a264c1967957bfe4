internal import Dispatch
internal import Glibc
internal import Locking

/// Writes lines to a file descriptor from a thread of its own, in order, so that nobody who logs waits for a reader or a disk.
///
/// At most `capacity` lines wait to be written. Further ones are dropped and counted, and one line says how many were lost
/// as soon as lines can be written again.
///
/// The descriptor stays in the mode it was given in: O_NONBLOCK would change it for every process that shares it.
package final class LineWriter: Sendable {
    /// The program's standard error.
    package static let standardError = LineWriter(descriptor: STDERR_FILENO)

    /// Number of lines held while nobody reads.
    package static let capacity = 1000

    private struct State {
        var lines = Lines()
        var isThreadStarted = false
        /// True while the thread is writing, or about to.
        var isBusy = false
        var dropped: Int64 = 0
        var notice: @Sendable (Int64) -> String = { "\($0) lines were dropped\n" }
        /// Happen when everything has been written.
        var awaitingEnd: [Event] = []
    }

    private let descriptor: Int32
    private let state: Locked<State>
    private let work = DispatchSemaphore(value: 0)

    /// `descriptor` stays the caller's.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
        state = Locked(State())
    }

    /// Number of lines dropped so far, because nobody read them or they could not be written.
    package var dropped: Int64 { state.withLock { $0.dropped } }

    /// Sets the text of the line that says how many were dropped, with its line break.
    package func sayDropped(by notice: @escaping @Sendable (Int64) -> String) {
        state.withLock { $0.notice = notice }
    }

    /// Takes a line, which ends with its line break, to be written soon. Never blocks.
    package func write(_ line: String) {
        let wakes = state.withLock { state in
            guard start(&state), state.lines.append(line) else {
                state.lines.lost += 1
                state.dropped += 1
                return false
            }
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if wakes { work.signal() }
    }

    /// Waits until every line has been written, for at most `limit`. Returns false where some still wait then.
    @discardableResult
    package func finish(within limit: Duration) -> Bool {
        let end = Event()
        let isBusy = state.withLock { state in
            if state.isBusy { state.awaitingEnd.append(end) }
            return state.isBusy
        }
        return !isBusy || end.wait(atMost: limit)
    }

    /// Starts the thread with the first line; false where there is none to be had.
    private func start(_ state: inout State) -> Bool {
        if !state.isThreadStarted { state.isThreadStarted = startThread { [self] in run() } }
        return state.isThreadStarted
    }

    private func run() -> Never {
        while true {
            work.wait()
            while let text = next() {
                let isWritten = writeAll(Array(text.utf8), to: descriptor)
                state.withLock { $0.dropped += $0.lines.settle(isWritten: isWritten) }
            }
        }
    }

    /// The next text to write. Nil when there is none, which it tells those who wait for that.
    private func next() -> String? {
        let (text, awaitingEnd) = state.withLock { state -> (String?, [Event]) in
            if let text = state.lines.take(notice: state.notice) { return (text, []) }
            state.isBusy = false
            defer { state.awaitingEnd = [] }
            return (nil, state.awaitingEnd)
        }
        for end in awaitingEnd { end.happen() }
        return text
    }
}

/// The lines that wait, and the gaps between them.
private struct Lines {
    private struct Entry {
        let text: String
        /// Number of lines dropped just before this one.
        let lostBefore: Int64
    }

    private var entries: [Entry] = []
    /// Number of lines dropped after the last entry.
    var lost: Int64 = 0
    /// Number of lines dropped before the next text, and not yet told of.
    private var untold: Int64 = 0
    /// Content of the text now being written.
    private var writing: (lines: Int, told: Int64) = (0, 0)

    /// Adds a line; false where there is no room.
    mutating func append(_ text: String) -> Bool {
        guard entries.count + writing.lines < LineWriter.capacity else { return false }
        entries.append(Entry(text: text, lostBefore: lost))
        lost = 0
        return true
    }

    /// The next line, after one that tells of those dropped before it. Nil where there is nothing to write.
    mutating func take(notice: (Int64) -> String) -> String? {
        guard !entries.isEmpty else {
            // Lines that could not be written are told of with the next one: to try again at once would never end.
            guard lost > 0 else { return nil }
            writing = (0, untold + lost)
            (untold, lost) = (0, 0)
            return notice(writing.told)
        }
        let entry = entries.removeFirst()
        writing = (1, untold + entry.lostBefore)
        untold = 0
        return writing.told > 0 ? notice(writing.told) + entry.text : entry.text
    }

    /// Ends the writing of the text taken last. Returns the number of lines lost with it, where it could not be written.
    mutating func settle(isWritten: Bool) -> Int64 {
        defer { writing = (0, 0) }
        guard !isWritten else { return 0 }
        untold += writing.told + Int64(writing.lines)
        return Int64(writing.lines)
    }
}
